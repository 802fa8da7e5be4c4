"""Both stages train what they should, on the batches that they should."""

import pytest
import torch
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM

from multimodal.blip2 import Bridge, BridgeConfig
from multimodal.blip2_losses import IGNORED
from multimodal.blip2_stage1 import Blip2Stage1, Stage1Config
from multimodal.blip2_training import (
    AnswerBatches,
    match_logit,
    measure_stage1,
    train_bridge,
    train_stage1,
)
from multimodal.caption_batches import CaptionBatches
from multimodal.frozen_language_model import FrozenLanguageModel
from multimodal.qformer import QFormerConfig, real_tokens
from multimodal.retrieval import own_captions
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe

CAPTIONS = [(f"a red dog {n:x}", f"the dog no {n:x}") for n in range(12)]
TOKENIZER = Tokenizer.learn([text for own in CAPTIONS for text in own], 12, 16)
IMAGE_WIDTH = 10


def features() -> Tensor:
    return torch.randn(12, 5, IMAGE_WIDTH, generator=torch.Generator().manual_seed(3))


def small_stage1() -> Blip2Stage1:
    torch.manual_seed(0)
    words = (len(TOKENIZER) + 1, TOKENIZER.context_length)
    qformer = QFormerConfig(4, 32, 2, 2, IMAGE_WIDTH, *words)
    model = Blip2Stage1(Stage1Config(qformer, 16))
    for parameter in model.parameters():  # so small a model starts too slowly
        if parameter.dim() > 1:
            parameter.data *= 5
    return model


def small_language() -> FrozenLanguageModel:
    torch.manual_seed(0)
    sizes = {"hidden_size": 24, "intermediate_size": 32, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 2, "max_position_embeddings": 64}
    config = LlamaConfig(vocab_size=40, initializer_range=0.3, **sizes, **heads)
    return FrozenLanguageModel(LlamaForCausalLM(config), opening=[7])


@pytest.fixture(scope="module")
def trained() -> tuple[Blip2Stage1, list[float], list[list[float]]]:
    recipe = Recipe(80, 6, 3e-3, warmup=10)
    batches = CaptionBatches(features(), CAPTIONS, TOKENIZER, recipe)
    model, parts = small_stage1(), []
    losses = train_stage1(
        model, batches, TOKENIZER.end_id, recipe, lambda _, three: parts.append(three)
    )
    return model, losses, parts


def test_finding_and_writing_are_learned_soon(trained):
    """Matching takes longer than this; its loss is in the sum, at any rate."""
    _, losses, parts = trained
    assert losses == pytest.approx([sum(three) for three in parts], abs=1e-5)
    first, last = torch.tensor(parts[:10]).mean(0), torch.tensor(parts[-10:]).mean(0)
    assert last[0] < first[0] - 0.3 and last[2] < first[2] - 0.5
    assert 0.5 < last[1] < 0.75


def test_what_was_learned_is_found_again(trained):
    """Memorised pairs are found by ITC; ITM looks at the best of them again."""
    ids = TOKENIZER([text for own in CAPTIONS for text in own])
    own = own_captions(CAPTIONS)
    end, k = TOKENIZER.end_id, 6
    after = measure_stage1(trained[0], features(), ids, own, end, k)
    before = measure_stage1(small_stage1(), features(), ids, own, end, k)
    for way in ("i2t R@1", "t2i R@1"):
        assert after["ITC"][way] > before["ITC"][way] + 0.2
    assert set(after["ITC"]) == set(after["ITM"])


def test_one_image_meets_all_texts_and_one_text_all_images(trained):
    model, end = trained[0], TOKENIZER.end_id
    ids = TOKENIZER([own[0] for own in CAPTIONS])
    for images, texts in (
        (features()[2:3], ids),
        (features(), ids[5:6]),
        (features(), ids),
    ):
        scores = match_logit(model, images, texts, end)
        for place in (0, 7):
            image = images[place if len(images) > 1 else 0][None]
            text = ids[place if len(texts) > 1 else 5][None]
            logits = model.match(image, text, real_tokens(text, end))[0]
            wanted = (logits[1] - logits[0]).item()
            assert scores[place].item() == pytest.approx(wanted, abs=1e-4)


EXAMPLES = [[([1, n], [3, 4 + n]), ([2], [5 + n]), ([], [6, 7, n])] for n in range(12)]


@pytest.mark.parametrize("each", [1, 2, 3])
def test_a_batch_holds_several_examples_of_every_image_and_none_twice(each):
    batches = AnswerBatches(features(), EXAMPLES, 39, 39, Recipe(10, 4), each)
    images, texts = batches(3)
    assert len(images) == 4 and len(texts.ids) == 4 * each
    for row, image in enumerate(images):
        number = (features() == image).all(dim=(1, 2)).nonzero().item()
        drawn = [
            ids[mask].tolist()
            for ids, mask in zip(texts.ids, texts.is_token, strict=True)
        ][row * each : (row + 1) * each]
        possible = [[*prompt, *answer, 39] for prompt, answer in EXAMPLES[number]]
        assert all(text in possible for text in drawn)
        assert len({tuple(text) for text in drawn}) == each
    again = AnswerBatches(features(), EXAMPLES, 39, 39, Recipe(10, 4), each)(3)
    assert torch.equal(texts.ids, again[1].ids)
    assert (texts.labels != IGNORED).any(dim=1).all()


def test_examples_of_a_batch_come_from_one_part():
    parts, seen = (slice(0, 1), slice(1, 3)), set()
    for step in range(20):
        recipe = Recipe(20, 4)
        batches = AnswerBatches(features(), EXAMPLES, 39, 39, recipe, 1, parts=parts)
        _, texts = batches(step)
        begins = {row[0] for row in texts.ids.tolist()}  # 1: the first example
        assert begins == {1} or 1 not in begins
        seen.add(begins == {1})
    assert seen == {True, False}


def test_the_bridge_learns_and_the_language_model_stays_bit_for_bit():
    language, recipe = small_language(), Recipe(30, 4, 3e-3, warmup=5)
    before = {name: value.clone() for name, value in language.state_dict().items()}
    bridge = Bridge(BridgeConfig(QFormerConfig(4, 16, 2, 2, IMAGE_WIDTH), 24))
    queries = bridge.qformer.queries.clone()
    batches = AnswerBatches(features(), EXAMPLES, 39, 39, recipe, each=3)
    losses = train_bridge(bridge, language, batches, recipe, request=[8])
    assert sum(losses[-5:]) < sum(losses[:5]) - 1
    assert not torch.equal(bridge.qformer.queries, queries)
    for name, value in language.state_dict().items():
        assert torch.equal(value, before[name]), name
