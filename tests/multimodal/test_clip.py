"""CLIP equals the published implementation, and refuses what it can't read."""

import json

import pytest
import torch
from torch.nn import functional as F
from transformers import CLIPConfig as PublishedConfig
from transformers import CLIPModel, ViTConfig, ViTModel

from multimodal.clip import (
    CLIP,
    CLIPConfig,
    ImageTower,
    ImageTowerConfig,
    TextTowerConfig,
    causal_mask,
    rename_published_clip,
)
from multimodal.contrastive import contrastive_loss
from multimodal.hub import UnavailableError


def published_clip(seed: int, double: bool = False) -> CLIPModel:
    """A small CLIP of transformers, every parameter of which is random."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*choices):
        return choices[torch.randint(len(choices), (), generator=generator)]

    vocabulary = draw(20, 31, 50)
    activation = draw("quick_gelu", "gelu")
    eps = draw(1e-5, 1e-3)
    heads, text_heads = draw(1, 2, 4), draw(1, 2, 4)
    patch = draw(4, 8)
    config = PublishedConfig(
        vision_config={
            "hidden_size": 8 * heads * draw(1, 2),
            "num_attention_heads": heads,
            "num_hidden_layers": draw(1, 2, 3),
            "intermediate_size": draw(16, 40),
            "image_size": patch * draw(1, 2, 3),
            "patch_size": patch,
            "hidden_act": activation,
            "layer_norm_eps": eps,
        },
        text_config={
            "vocab_size": vocabulary,
            "hidden_size": 8 * text_heads * draw(1, 2),
            "num_attention_heads": text_heads,
            "num_hidden_layers": draw(1, 2, 3),
            "intermediate_size": draw(16, 40),
            "max_position_embeddings": draw(7, 12),
            "hidden_act": activation,
            "layer_norm_eps": eps,
            "eos_token_id": draw(2, vocabulary - 1, vocabulary - 3),
            "bos_token_id": 0,
            "pad_token_id": 1,
        },
        projection_dim=draw(8, 24),
    )
    model = CLIPModel(config).eval()
    for name, parameter in model.named_parameters():
        values = torch.randn(parameter.shape, generator=generator)
        scale = 0.3 if parameter.ndim > 1 else 0.2
        centre = 1.0 if "norm" in name and name.endswith("weight") else 0.0
        parameter.data = centre + scale * values
    model.logit_scale.data = torch.tensor(1.5)
    return model.double() if double else model


def inputs_for(model: CLIPModel, seed: int, batch: int = 5):
    """Images, and texts of several lengths that end in END and go on after it."""
    generator = torch.Generator().manual_seed(seed + 1000)
    text, vision = model.config.text_config, model.config.vision_config
    size = vision.image_size
    images = torch.randn(batch, 3, size, size, generator=generator, dtype=model.dtype)
    end = text.eos_token_id if text.eos_token_id != 2 else text.vocab_size - 1
    length = text.max_position_embeddings - seed % 2
    ids = torch.randint(3, text.vocab_size - 3, (batch, length), generator=generator)
    for row in range(batch):
        place = int(torch.randint(1, length, (), generator=generator))
        ids[row, place] = end
        ids[row, place + 1 :] = end if row % 2 else 1  # padded with END, or otherwise
    return images, ids


@pytest.mark.parametrize("seed", range(50))
def test_outputs_loss_and_gradients_equal_those_of_transformers(seed):
    published = published_clip(seed)
    ours = CLIP.from_transformers(published)
    images, ids = inputs_for(published, seed)
    theirs = published(input_ids=ids, pixel_values=images, return_loss=True)
    image_features, text_features, scale = ours(images, ids)
    torch.testing.assert_close(image_features, theirs.image_embeds, atol=1e-5, rtol=0)
    torch.testing.assert_close(text_features, theirs.text_embeds, atol=1e-5, rtol=0)
    logits = scale * image_features @ text_features.T
    torch.testing.assert_close(logits, theirs.logits_per_image, atol=1e-5, rtol=1e-5)
    loss = contrastive_loss(image_features, text_features, scale)
    torch.testing.assert_close(loss, theirs.loss, atol=1e-5, rtol=1e-5)
    loss.backward()
    theirs.loss.backward()
    gradients = {name: p.grad for name, p in published.named_parameters()}
    expected = rename_published_clip(gradients)
    ours_by_name = dict(ours.named_parameters())
    assert expected.keys() == ours_by_name.keys()
    largest = max(gradient.abs().max() for gradient in expected.values())
    assert largest > 1e-3  # or the comparison would mean nothing
    for name, parameter in ours_by_name.items():
        torch.testing.assert_close(
            parameter.grad, expected[name], atol=1e-5, rtol=1e-4, msg=name
        )


def test_a_published_clip_is_read_from_its_files(tmp_path):
    published = published_clip(3)
    published.save_pretrained(tmp_path)
    ours = CLIP.from_pretrained(tmp_path)
    images, ids = inputs_for(published, 3)
    with torch.no_grad():
        expected = published(input_ids=ids, pixel_values=images).logits_per_image
        first, second, scale = ours(images, ids)
    torch.testing.assert_close(scale * first @ second.T, expected, atol=1e-5, rtol=0)
    assert not ours.training


def test_a_name_that_nobody_has_is_refused(tmp_path, monkeypatch):
    with pytest.raises(UnavailableError, match="there is no folder"):
        CLIP.from_pretrained(tmp_path / "nowhere")


def test_other_models_are_refused(tmp_path):
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    vit = ViTModel(ViTConfig(**sizes, intermediate_size=8, image_size=8, patch_size=4))
    with pytest.raises(TypeError, match="CLIPModel"):
        CLIP.from_transformers(vit)
    vit.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="expected a CLIP, got a 'vit'"):
        CLIP.from_pretrained(tmp_path)


def small_clip(**text) -> CLIP:
    torch.manual_seed(0)
    image = ImageTowerConfig(16, 8, width=16, layers=2, heads=2)
    text = {"vocabulary_size": 30, "context_length": 10} | text
    text_config = TextTowerConfig(**text, width=16, layers=2, heads=2)
    return CLIP(CLIPConfig(image, text_config, embedding_width=12))


def test_save_and_load_give_the_same_model(tmp_path):
    model = small_clip().eval()
    model.save(tmp_path)
    again = CLIP.load(tmp_path)
    assert again.config == model.config
    images, ids = torch.randn(2, 3, 16, 16), torch.tensor([[1, 5, 29], [1, 6, 29]])
    for one, other in zip(model(images, ids), again(images, ids), strict=True):
        assert torch.equal(one, other)
    assert set(json.loads((tmp_path / "config.json").read_text())) == {
        "image", "text", "embedding_width", "temperature",
    }  # fmt: skip


def test_embeddings_have_length_one():
    model = small_clip()
    images, ids = torch.randn(3, 3, 16, 16), torch.tensor([[1, 5, 29]])
    for embedded in (model.encode_image(images), model.encode_text(ids)):
        torch.testing.assert_close(
            embedded.norm(dim=-1), torch.ones(len(embedded)), atol=1e-5, rtol=0
        )


def test_a_text_is_the_same_however_far_it_is_padded():
    model = small_clip().eval()
    short, long = torch.tensor([[1, 5, 7, 29]]), torch.tensor([[1, 5, 7, 29, 29, 4]])
    torch.testing.assert_close(model.encode_text(short), model.encode_text(long))


def test_no_token_sees_what_comes_after_it():
    tower = small_clip().text.eval()
    ids = torch.tensor([[1, 5, 7, 9, 11, 29]])
    changed = ids.clone()
    changed[0, 3] = 12
    before, after = tower.tokens(ids)[0], tower.tokens(changed)[0]
    torch.testing.assert_close(before[:3], after[:3])
    assert (before[3:] - after[3:]).abs().amax(dim=1).min() > 1e-4
    assert causal_mask(3).tolist() == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


def test_the_first_end_token_counts_and_there_has_to_be_one():
    tower = small_clip(end_id=4).text.eval()
    ids = torch.tensor([[1, 5, 4, 29, 4]])
    torch.testing.assert_close(tower(ids), tower.tokens(ids)[:, 2])
    with pytest.raises(ValueError, match="no END token"):
        tower(torch.tensor([[1, 5, 29]]))


def test_texts_and_images_of_wrong_sizes_are_refused():
    model = small_clip()
    with pytest.raises(ValueError, match="11 tokens is longer than the 10"):
        model.encode_text(torch.full((1, 11), 29))
    with pytest.raises(ValueError, match="expected images of 16 x 16"):
        model.encode_image(torch.randn(1, 3, 24, 24))
    assert model.image(torch.randn(1, 3, 24, 24), interpolate=True).shape == (1, 16)
    with pytest.raises(ValueError, match="doesn't divide"):
        ImageTowerConfig(20, 8, width=16, layers=1, heads=1)


def test_training_starts_with_the_temperature_of_the_paper_and_keeps_its_bounds():
    model = small_clip()
    assert model.logit_scale.exp().item() == pytest.approx(1 / 0.07)
    for value, bound in ((9.0, 100), (-1.0, 1)):
        model.logit_scale.data.fill_(value)
        model.clamp_logit_scale()
        assert model.logit_scale.exp().item() == pytest.approx(bound)


def test_new_towers_start_as_in_clip():
    torch.manual_seed(0)
    image = ImageTowerConfig(64, 8, width=128, layers=4, heads=4)
    text = TextTowerConfig(500, 32, width=64, layers=2, heads=4)
    model = CLIP(CLIPConfig(image, text, embedding_width=128))
    weights = dict(model.named_parameters())
    expected = {
        "image.position_embedding": 128**-0.5,
        "image.cls_token": 128**-0.5,
        "image.encoder.blocks.0.attention.qkv.weight": 128**-0.5,
        "image.encoder.blocks.1.attention.project.weight": (128 * 8) ** -0.5,
        "image.encoder.blocks.2.mlp.expand.weight": 256**-0.5,
        "image.encoder.blocks.3.mlp.contract.weight": (128 * 8) ** -0.5,
        "text.token_embedding.weight": 0.02,
        "text.position_embedding": 0.01,
        "text.encoder.blocks.0.attention.project.weight": (64 * 4) ** -0.5,
        "project_text.weight": 64**-0.5,
    }
    for name, deviation in expected.items():
        assert weights[name].std().item() == pytest.approx(deviation, rel=0.2), name
    assert weights["image.encoder.blocks.0.mlp.expand.bias"].abs().max() == 0
    assert weights["text.norm.weight"].unique().item() == 1


def test_similarity_is_the_cosine_times_the_scale():
    model = small_clip().eval()
    images, ids = torch.randn(2, 3, 16, 16), torch.tensor([[1, 5, 29], [1, 6, 29]])
    one, other, scale = model(images, ids)
    raw_images = model.project_image(model.image(images))
    raw_texts = model.project_text(model.text(ids))
    cosine = F.cosine_similarity(raw_images[:, None], raw_texts[None], dim=-1)
    torch.testing.assert_close(scale * one @ other.T, scale * cosine)


def test_quarters_are_read_apart():
    """An image's left half decides half of the vector, the lower right a quarter."""
    config = ImageTowerConfig(32, 8, 16, 1, 2, pooling="quarters")
    tower = ImageTower(config).eval()
    for block in tower.encoder.blocks:  # so that no patch sees another one
        torch.nn.init.zeros_(block.attention.project.weight)
        torch.nn.init.zeros_(block.attention.project.bias)
    images = torch.randn(1, 3, 32, 32).repeat(3, 1, 1, 1)
    images[1, :, :, :16] += 1
    images[2, :, 16:, 16:] += 1
    with torch.no_grad():
        plain, left, corner = tower(images).unflatten(1, (16, 4)).unbind()
    assert config.output_width == 64
    assert (plain != left).any(0).tolist() == [True, False, True, False]
    assert (plain != corner).any(0).tolist() == [False, False, False, True]
    by_hand = tower.norm(tower.tokens(images[:1]))[0, 1:].reshape(4, 4, 16)
    assert torch.allclose(plain[:, 1], by_hand[:2, 2:].mean((0, 1)), atol=1e-6)


def test_clip_with_quarters_trains_saves_and_loads(tmp_path):
    image = ImageTowerConfig(16, 8, 8, 1, 2, pooling="quarters")
    model = CLIP(CLIPConfig(image, TextTowerConfig(9, 5, 8, 1, 2), 6))
    images, ids = torch.randn(4, 3, 16, 16), torch.randint(0, 9, (4, 5))
    ids[:, -1] = 8
    contrastive_loss(*model(images, ids)).backward()
    assert model.project_image.weight.grad.abs().sum() > 0
    model.save(tmp_path)
    again = CLIP.load(tmp_path)
    assert again.config.image.pooling == "quarters"
    assert torch.equal(model.eval().encode_image(images), again.encode_image(images))


def test_unknown_pooling_is_refused():
    with pytest.raises(ValueError, match="'cls' or 'quarters'"):
        ImageTowerConfig(16, 8, 8, 1, 2, pooling="mean")
