"""BLIP-2 equals the published one; only its bridge learns."""

import pytest
import torch
from published_blip2 import draw_config, published_blip2, published_retrieval
from torch import Tensor
from transformers import Blip2ForConditionalGeneration

from multimodal.blip2 import Blip2, Bridge, BridgeConfig
from multimodal.blip2_losses import IGNORED
from multimodal.blip2_stage1 import Blip2Stage1, Stage1Config
from multimodal.frozen_language_model import (
    FrozenLanguageModel,
    TextBatch,
    batch_answers,
    batch_prompts,
    embedding_norm,
)
from multimodal.hub import UnavailableError
from multimodal.qformer import QFormerConfig, rename_published_qformer

IMAGE_TOKEN, PADDING, END = 39, 1, 2


def images_for(published: Blip2ForConditionalGeneration, seed: int, batch: int = 3):
    generator = torch.Generator().manual_seed(seed + 2000)
    size = published.config.vision_config.image_size
    return torch.randn(batch, 3, size, size, generator=generator)


def with_image_tokens(published, ids: Tensor, is_token: Tensor) -> dict[str, Tensor]:
    """What transformers reads: a place for each soft prompt before the text."""
    number = published.config.num_query_tokens
    places = torch.full((len(ids), number), IMAGE_TOKEN)
    return {
        "input_ids": torch.cat([places, ids], 1),
        "attention_mask": torch.cat([torch.ones_like(places), is_token.long()], 1),
    }


@pytest.mark.parametrize("seed", range(50))
def test_logits_loss_and_gradients_equal_those_of_transformers(seed):
    published = published_blip2(seed)
    ours = Blip2.from_transformers(published)
    images = images_for(published, seed)
    prompts = [[0, 5 + seed % 7], [0], [0, 8, 9]]
    texts = batch_answers(prompts, [[4, 3, 7, 9], [5], [6, 10]], END, PADDING)
    inputs = with_image_tokens(published, texts.ids, texts.is_token)
    number = published.config.num_query_tokens
    prefix = torch.full((3, number), IGNORED)
    labels = torch.cat([prefix, texts.labels], 1)
    expected = published(pixel_values=images, labels=labels, **inputs)
    features = ours.features(images)
    logits = ours(features, texts.ids, texts.is_token)
    real = inputs["attention_mask"].bool()
    torch.testing.assert_close(
        logits[real], expected.logits[real], atol=1e-5, rtol=1e-5
    )
    loss = ours.loss(features, texts)
    torch.testing.assert_close(loss, expected.loss, atol=1e-5, rtol=1e-5)
    loss.backward()
    expected.loss.backward()
    published_gradients = {name: p.grad for name, p in published.named_parameters()}
    gradients = rename_published_qformer(published_gradients)
    gradients = {f"qformer.{name}": value for name, value in gradients.items()}
    for part in ("weight", "bias"):
        gradients[f"project.{part}"] = published_gradients[
            f"language_projection.{part}"
        ]
    own = dict(ours.bridge.named_parameters())
    assert own.keys() == gradients.keys()
    assert gradients["qformer.queries"].abs().max() > 1e-5
    for name, parameter in own.items():
        torch.testing.assert_close(
            parameter.grad, gradients[name], atol=1e-5, rtol=1e-4, msg=name
        )


@pytest.mark.parametrize("seed", range(8))
def test_it_writes_what_transformers_writes(seed):
    published = published_blip2(seed)
    ours = Blip2.from_transformers(published)
    images = images_for(published, seed)
    features = ours.features(images)
    prompts = [[0, 5], [0], [0, 8, 9, 10 + seed]]
    ids, is_token = batch_prompts(prompts, PADDING)
    written = ours.generate(features, ids, is_token, end_id=END, longest=10)
    for row, prompt in enumerate(prompts):
        image = images[row : row + 1]
        one = torch.tensor([prompt])
        inputs = with_image_tokens(published, one, torch.ones_like(one))
        expected = published.generate(
            image,
            **inputs,
            max_new_tokens=10,
            do_sample=False,
            eos_token_id=END,
            pad_token_id=END,
        )[0, inputs["input_ids"].shape[1] :]
        assert torch.equal(written[row, : len(expected)], expected)
        assert (written[row, len(expected) :] == END).all()


def small_blip2() -> Blip2:
    return Blip2.from_transformers(published_blip2(4))


def batch() -> TextBatch:
    return batch_answers([[0], [0]], [[4, 3], [5]], END, PADDING)


def test_a_step_of_training_changes_the_bridge_alone():
    published = published_blip2(4)
    model = Blip2.from_transformers(published).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)
    features = model.features(images_for(published, 0, batch=2))
    assert not features.requires_grad
    model.loss(features, batch()).backward()
    optimizer.step()
    for name, value in model.state_dict().items():
        is_bridge = name.startswith("bridge.")
        assert torch.equal(value, before[name]) != is_bridge, name


def test_training_mode_reaches_the_bridge_alone():
    model = small_blip2().train()
    training = {name for name, part in model.named_modules() if part.training}
    assert training - {""} == {
        name for name, _ in model.named_modules() if name.startswith("bridge")
    }
    assert not any(part.training for part in model.eval().modules())


def test_copies_leave_the_published_model_as_it_was():
    published = published_blip2(4)
    model = Blip2.from_transformers(published)
    assert all(parameter.requires_grad for parameter in published.parameters())
    assert all(p.requires_grad for p in model.bridge.parameters())
    with torch.no_grad():
        model.bridge.project.weight.zero_()
    assert published.language_projection.weight.abs().max() > 0


def test_frozen_parts_may_have_another_precision():
    """Published ones are kept in half precision, while the bridge learns in single."""
    model, images, texts = small_blip2(), images_for(published_blip2(4), 0, 2), batch()
    expected = model.loss(model.features(images), texts)
    model.image_encoder.double()
    model.language.double()
    assert model.features(images).dtype == torch.float64
    loss = model.loss(model.features(images), texts)
    loss.backward()
    torch.testing.assert_close(loss, expected.double(), atol=1e-5, rtol=0)
    assert model.bridge.qformer.queries.grad.dtype == torch.float32


def test_kept_features_do_without_an_encoder():
    whole = small_blip2()
    model = Blip2(whole.bridge, whole.language)
    features = torch.randn(2, 5, whole.bridge.config.qformer.image_width)
    texts = batch()
    found = model(features, texts.ids, texts.is_token)
    assert torch.equal(found, whole(features, texts.ids, texts.is_token))
    with pytest.raises(ValueError, match="no image encoder"):
        model.features(torch.zeros(1, 3, 8, 8))


def test_the_second_stage_begins_where_the_first_one_ended(tmp_path):
    torch.manual_seed(0)
    qformer = QFormerConfig(3, 16, 2, 2, 12, vocabulary_size=30, context_length=8)
    stage1 = Blip2Stage1(Stage1Config(qformer, 8)).eval()
    bridge = Bridge.from_stage1(stage1, language_width=24)
    features = torch.randn(2, 5, 12)
    queries, _ = stage1.qformer(features)
    assert torch.equal(bridge(features), bridge.project(queries))
    assert not any("text" in name for name, _ in bridge.named_parameters())
    bridge.project.weight.data.add_(1)
    bridge.qformer.queries.data.add_(1)
    assert not torch.equal(bridge.qformer.queries, stage1.qformer.queries)  # a copy
    bridge.save(tmp_path)
    again = Bridge.load(tmp_path)
    assert again.config == bridge.config
    assert torch.equal(again(features), bridge.eval()(features))


def test_soft_prompts_start_as_long_as_words():
    torch.manual_seed(0)
    qformer = QFormerConfig(8, 64, 2, 4, 12)
    for norm in (0.5, 3.2):
        bridge = Bridge(BridgeConfig(qformer, language_width=96, prompt_norm=norm))
        length = bridge(torch.randn(4, 5, 12)).norm(dim=-1).mean().item()
        assert length == pytest.approx(norm, rel=0.15)


def test_published_files_are_read(tmp_path, hub_cache):
    published = published_blip2(4)
    published.save_pretrained(tmp_path / "files")
    images, texts = images_for(published, 4, batch=2), batch()
    expected = Blip2.from_transformers(published)
    expected = expected(expected.features(images), texts.ids, texts.is_token)
    hub_cache("somebody/blip2-tiny", tmp_path / "files")
    for name in (tmp_path / "files", "somebody/blip2-tiny"):
        ours = Blip2.from_pretrained(name)
        found = ours(ours.features(images), texts.ids, texts.is_token)
        assert torch.equal(found, expected)
        frozen = [*ours.language.parameters(), *ours.image_encoder.parameters()]
        assert not any(parameter.requires_grad for parameter in frozen)


def test_other_models_are_refused(tmp_path, hub_cache):
    with pytest.raises(TypeError, match="expected a Blip2ForConditionalGeneration"):
        Blip2.from_transformers(published_retrieval(0))
    with pytest.raises(UnavailableError, match="there is no folder"):
        Blip2.from_pretrained(tmp_path / "nowhere")
    with pytest.raises(UnavailableError, match="somebody/unknown"):
        Blip2.from_pretrained("somebody/unknown")
    published = published_blip2(4)
    published.config.save_pretrained(tmp_path)  # without weights
    with pytest.raises(UnavailableError, match="can't get all of"):
        Blip2.from_pretrained(tmp_path)
    published.vision_model.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="expected a BLIP-2"):
        Blip2.from_pretrained(tmp_path)
    sizes = {"vocab_size": 40, "d_model": 8, "d_ff": 8, "num_layers": 1, "d_kv": 4}
    config, _ = draw_config(
        0, text_config={"model_type": "t5", "num_heads": 2, **sizes}
    )
    with pytest.raises(ValueError, match="causal language model, such as OPT, got t5"):
        Blip2.from_transformers(Blip2ForConditionalGeneration(config))


def test_the_language_model_is_any_causal_one():
    published = published_blip2(1)
    language = FrozenLanguageModel(published.language_model)
    qformer = QFormerConfig(3, 16, 1, 2, 12)
    bridge = Bridge(BridgeConfig(qformer, language.width, embedding_norm(language)))
    model = Blip2(bridge, language)
    ids, is_token = batch_prompts([[0, 5]], PADDING)
    features = torch.randn(1, 5, 12)
    assert model.generate(features, ids, is_token, end_id=END, longest=3).shape[1] <= 3
