"""Texts about scenes are true, and a language model is taught and measured on them."""

import math
import random
from dataclasses import replace

import pytest
import torch

from multimodal.blip2_losses import IGNORED
from multimodal.emoji_scenes import EmojiScenes
from multimodal.frozen_language_model import FrozenLanguageModel, TextBatch
from multimodal.language_model import (
    LanguageModel,
    LanguageModelConfig,
    LanguageModelOutput,
)
from multimodal.prompts import CHATML
from multimodal.scene_texts import (
    SceneText,
    SceneTextBatches,
    caption_text,
    complete_texts,
    conversation_text,
    describe,
    encode_scene_texts,
    learn_scene_tokenizer,
    measured_texts,
    perplexity,
    question_text,
    text_loss,
    unigram_perplexity,
)

SCENES = EmojiScenes("train", 60)


@pytest.fixture(scope="module")
def tokenizer():
    return learn_scene_tokenizer(400)


@pytest.fixture(scope="module")
def model(tokenizer) -> LanguageModel:
    torch.manual_seed(0)
    config = LanguageModelConfig(len(tokenizer), 128, width=16, layers=2, heads=2)
    model = LanguageModel(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3)
    return model


def test_captions_and_questions_are_the_scenes_own():
    for number, scene in enumerate(SCENES):
        rng = random.Random(number)
        caption = caption_text(scene, rng)
        assert caption.prompt == "" and caption.answer in scene.captions
        question = question_text(scene, rng)
        known = {
            (q.kind, f"Question: {q.text} Short answer:", q.answer)
            for q in scene.questions
        }
        assert (question.kind, question.prompt, question.answer) in known


def test_a_conversation_answers_all_questions_but_the_last():
    lengths = set()
    for number, scene in enumerate(SCENES):
        text = conversation_text(scene, random.Random(number))
        rest = text.prompt + " " + text.answer
        answers = {f"Question: {q.text} Answer:": q.answer for q in scene.questions}
        turns = 0
        while rest:
            asked = next(q for q in answers if rest.startswith(q))
            rest = rest.removeprefix(f"{asked} {answers.pop(asked)}").removeprefix(". ")
            turns += 1
        assert asked in text.prompt  # the last one, whose answer is to be written
        lengths.add(turns)
    assert lengths == {2, 3, 4}


def test_the_format_can_be_another_models():
    rng = random.Random(0)
    assert question_text(SCENES[0], rng, CHATML).prompt.startswith(CHATML.after_image)
    assert CHATML.caption_request in caption_text(SCENES[0], rng, CHATML).prompt


def test_a_description_is_of_the_same_scene():
    for number, scene in enumerate(SCENES):
        rng = random.Random(number)
        text = caption_text(scene, rng)
        assert describe(text, scene, 0, rng) == text
        one = describe(text, scene, 1, rng).description
        assert one in scene.captions
        two = describe(text, scene, 2, rng)
        first = next(c for c in scene.captions if two.description.startswith(c + " "))
        assert two.description.removeprefix(first + " ") in scene.captions
        assert replace(two, description="") == text


def test_all_after_start_is_to_be_foretold_and_the_description_is_not(tokenizer):
    """What a model learned to write before START, it would expect of soft prompts."""
    told = SceneText("what", "Question: What? Short answer:", "dog", "a dog on a red")
    blind = SceneText("caption", "", "a dog on a red background")
    ids, is_token, labels = encode_scene_texts(tokenizer, [told, blind])
    start, end = tokenizer.start_id, tokenizer.end_id
    described = tokenizer.encode("a dog on a red")[1:-1]
    written = tokenizer.encode("question: what? short answer: dog")[1:-1]
    assert ids[0].tolist() == [*described, start, *written, end]
    before = [IGNORED] * (len(described) + 1)
    assert labels[0].tolist() == [*before, *written, end]
    caption = tokenizer.encode("a dog on a red background")[1:-1]
    number = 2 + len(caption)
    assert ids[1, :number].tolist() == [start, *caption, end]
    assert labels[1, :number].tolist() == [IGNORED, *caption, end]
    assert not is_token[1, number:].any() and (labels[1, number:] == IGNORED).all()


def test_every_word_is_one_token(tokenizer):
    """Or a soft prompt would have to stand for a part of a word."""
    known = learn_scene_tokenizer(400, merges=10_000)
    assert len(known) == len(tokenizer)
    for scene in EmojiScenes("train", 400):
        for caption in scene.captions:
            ids = tokenizer.encode(caption)[1:-1]
            assert len(ids) == len(caption.replace(",", " ,").split())


def test_a_batch_is_the_same_each_time_and_another_at_each_step(tokenizer):
    batches = SceneTextBatches(tokenizer, 6)
    one, again, other = batches[3], SceneTextBatches(tokenizer, 6)[3], batches[4]
    assert all(torch.equal(a, b) for a, b in zip(one, again, strict=True))
    assert one.ids.tolist() != other.ids.tolist()
    starts = [(batches[i].ids == tokenizer.start_id).int().argmax(1) for i in range(12)]
    described = {bool((places > 0).all()) for places in starts}
    assert described == {True, False}  # no batch has descriptions of some texts alone
    assert all((places > 0).all() == (places > 0).any() for places in starts)


def test_processes_share_a_batch(tokenizer):
    whole = SceneTextBatches(tokenizer, 6)[5]
    parts = [SceneTextBatches(tokenizer, 6, rank=r, processes=2)[5] for r in (0, 1)]
    for rank, part in enumerate(parts):
        own = whole.ids[rank::2][whole.is_token[rank::2]]
        assert own.equal(part.ids[part.is_token])


def test_the_loss_is_of_the_next_token(tokenizer, model):
    """Summed up by hand, one text at a time, without padding."""
    texts = measured_texts("S0", 5, question_text, captions=1)
    batch, losses = encode_scene_texts(tokenizer, texts), []
    for row in range(5):
        length = int(batch.is_token[row].sum())
        ids = batch.ids[row, :length]
        logs = model(input_ids=ids[None]).logits[0].log_softmax(-1)
        for place in range(1, length):
            if place > ids.tolist().index(tokenizer.start_id):
                losses.append(-logs[place - 1, ids[place]])
    expected = torch.stack(losses).mean()
    torch.testing.assert_close(text_loss(model, batch), expected)
    for size in (2, 100):
        found = perplexity(model, batch, size)
        assert found == pytest.approx(expected.exp().item(), rel=1e-5)


def test_a_model_that_knows_nothing_is_undecided_among_all_tokens(tokenizer, model):
    batch = encode_scene_texts(tokenizer, measured_texts("S0", 4, caption_text, 0))
    flat = LanguageModel(model.config)
    with torch.no_grad():
        flat.token_embedding.weight.zero_()
    assert perplexity(flat, batch) == pytest.approx(len(tokenizer), rel=1e-4)


def test_unigrams_are_counted():
    """Token 7 came 3 times, 8 once, and 9 never, which counts as once."""
    known = torch.tensor([[IGNORED, 7, 7, 7, 8]])
    new = torch.tensor([[IGNORED, 7, 8, 9]])
    known, new = (TextBatch(x, x != IGNORED, x) for x in (known, new))
    expected = math.exp(-(math.log(3 / 5) + 2 * math.log(1 / 5)) / 3)
    assert unigram_perplexity(known, new) == pytest.approx(expected, rel=1e-5)


def test_measured_texts_are_the_same_with_and_without_descriptions():
    """Or the difference between both would not be what descriptions bring."""
    blind = measured_texts("S0", 20, question_text, captions=0)
    told = measured_texts("S0", 20, question_text, captions=1)
    assert blind == [replace(text, description="") for text in told]
    assert all(text.description for text in told)


def test_answers_are_written_after_the_description_and_the_question(tokenizer):
    """By a model that always repeats the first token it has read."""

    class Parrot(torch.nn.Module):
        config = LanguageModelConfig(len(tokenizer), 128, 8, 1, 1)
        table = torch.nn.Embedding.from_pretrained(torch.eye(len(tokenizer)))

        def get_input_embeddings(self):
            return self.table

        def forward(self, inputs_embeds, attention_mask, **options):
            first = attention_mask.argmax(1)
            logits = inputs_embeds[torch.arange(len(first)), first]
            return LanguageModelOutput(logits[:, None], None)

    class Uncached(FrozenLanguageModel):
        def read(self, tokens, mask, **options):
            self.seen = tokens if tokens.shape[1] > 1 else self.seen
            return self.model(self.seen, mask)

    language = Uncached(Parrot())
    told = SceneText("what", "Question: What? Short answer:", "", "dog cat")
    longer = replace(told, description="cat on a red background")
    options = {"longest": 2, "batch_size": 2}
    written = complete_texts(language, tokenizer, [told, longer], **options)
    assert written == ["dog dog", "cat cat"]


def test_a_model_learns_to_answer_from_descriptions():
    """A colour, told in words, is repeated after training and isn't before."""
    colours = ["red", "blue", "green"]
    texts = [
        SceneText("colour", "Question: what? Short answer:", colour, f"it is {colour}")
        for colour in colours
    ]
    tokenizer = learn_scene_tokenizer(50)
    batch = encode_scene_texts(tokenizer, texts)
    torch.manual_seed(0)
    config = LanguageModelConfig(len(tokenizer), 32, width=32, layers=2, heads=2)
    model = LanguageModel(config)
    assert complete_texts(FrozenLanguageModel(model), tokenizer, texts) != colours
    model.requires_grad_(True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(300):
        optimizer.zero_grad()
        text_loss(model, batch).backward()
        optimizer.step()
    assert complete_texts(FrozenLanguageModel(model), tokenizer, texts) == colours
