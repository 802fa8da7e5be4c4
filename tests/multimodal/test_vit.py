"""The ViT: its pieces, and parity with transformers in outputs and gradients."""

import os
import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import nn
from transformers import ViTConfig as PublishedConfig
from transformers import ViTForImageClassification, ViTForMaskedImageModeling, ViTModel
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

from multimodal.hub import UnavailableError
from multimodal.preprocessing import ImagePreprocessing
from multimodal.vit import (
    PatchEmbedding,
    ViT,
    ViTConfig,
    interpolate_positions,
    patchify,
    rename_published,
    unpatchify,
)

NAME = "google/vit-base-patch16-224"


def randomise(module: nn.Module, seed: int) -> None:
    """Give every parameter a value that matters: new models hide mistakes in zeros."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if "layernorm" in name and name.endswith("weight"):
                parameter.copy_(1 + 0.3 * noise)
            elif parameter.ndim == 2 or parameter.ndim == 4:
                parameter.copy_(noise / parameter[0].numel() ** 0.5)
            else:
                parameter.copy_(0.5 * noise)


def random_config(seed: int, **fixed) -> PublishedConfig:
    """Draw a small configuration; attention is eager, unlike ours."""
    draw = random.Random(seed)
    heads, patch = draw.choice([1, 2, 3, 4]), draw.choice([2, 4, 7, 8])
    options = {
        "hidden_size": heads * draw.choice([4, 8, 10]),
        "num_hidden_layers": draw.choice([1, 2, 3]),
        "num_attention_heads": heads,
        "intermediate_size": draw.choice([12, 32, 50]),
        "hidden_act": draw.choice(["gelu", "gelu_pytorch_tanh", "quick_gelu"]),
        "layer_norm_eps": draw.choice([1e-12, 1e-6, 1e-3, 1e-1]),
        "image_size": patch * draw.choice([1, 2, 3, 5]),
        "patch_size": patch,
        "num_channels": draw.choice([1, 3, 4]),
        "qkv_bias": draw.choice([True, False]),
        "num_labels": draw.choice([2, 5, 11]),
        "attn_implementation": "eager",
    }
    return PublishedConfig(**(options | fixed))


def published(seed: int, kind: type = ViTForImageClassification, **fixed) -> nn.Module:
    module = kind(random_config(seed, **fixed)).eval()
    randomise(module, seed)
    return module


def draw_images(module: nn.Module, batch: int = 2, size=None) -> torch.Tensor:
    side = module.config.image_size
    height, width = size or (side, side)
    return torch.randn(batch, module.config.num_channels, height, width)


def assert_close(actual: torch.Tensor, expected: torch.Tensor) -> None:
    """Agree within 1e-5, absolutely or relatively to the largest number."""
    assert actual.shape == expected.shape
    scale = max(1.0, expected.abs().max().item())
    assert (actual - expected).abs().max().item() <= 1e-5 * scale


def assert_parity(ours: ViT, theirs: nn.Module, images: torch.Tensor) -> None:
    """Compare outputs, gradients of the images and of every parameter."""
    size = tuple(images.shape[2:])
    interpolate = size != ours.config.image_size
    inputs = [images.clone().requires_grad_() for _ in range(2)]
    result = theirs(inputs[1], interpolate_pos_encoding=interpolate)
    if isinstance(theirs, ViTModel):
        outputs = ours.features(inputs[0], interpolate)
        expected = result.last_hidden_state
    else:
        outputs, expected = ours(inputs[0], interpolate), result.logits
    assert_close(outputs, expected)
    assert expected.std() > 1e-2  # the comparison says something
    theirs.zero_grad()
    projection = torch.randn_like(expected)
    (outputs * projection).sum().backward()
    (expected * projection).sum().backward()
    assert_close(inputs[0].grad, inputs[1].grad)
    gradients = rename_published(
        {name: p.grad for name, p in theirs.named_parameters() if p.grad is not None}
    )
    assert gradients.keys() == dict(ours.named_parameters()).keys()
    for name, parameter in ours.named_parameters():
        assert_close(parameter.grad, gradients[name])


@pytest.mark.parametrize("seed", range(60))
def test_parity_with_transformers(seed):
    torch.manual_seed(seed)
    kind = ViTModel if seed % 2 else ViTForImageClassification
    theirs = published(seed, kind)
    assert_parity(ViT.from_transformers(theirs), theirs, draw_images(theirs))


@pytest.mark.parametrize("seed", range(12))
def test_parity_at_another_resolution(seed):
    torch.manual_seed(seed)
    theirs = published(seed, image_size=24, patch_size=4)
    size = [(32, 32), (16, 16), (40, 20), (12, 48)][
        seed % 4
    ]  # the last: 36 patches, too
    assert_parity(ViT.from_transformers(theirs), theirs, draw_images(theirs, size=size))


def test_parity_in_double_precision():
    theirs = published(3, attn_implementation="sdpa").double()  # eager rounds
    ours = ViT.from_transformers(theirs)
    images = draw_images(theirs).double()
    torch.testing.assert_close(ours(images), theirs(images).logits, atol=1e-12, rtol=0)


def test_attention_maps_are_those_of_transformers():
    theirs = published(4, num_hidden_layers=3)
    images = draw_images(theirs)
    maps = ViT.from_transformers(theirs).attention_maps(images)
    expected = theirs(images, output_attentions=True).attentions
    assert len(maps) == 3
    for ours, others in zip(maps, expected, strict=True):
        assert_close(ours, others)


def in_memory_names(folder, module):
    """Write weights by the names that transformers 5 uses in memory."""
    module.config.save_pretrained(folder)
    torch.save(module.state_dict(), folder / "pytorch_model.bin")


def published_names(folder, module):
    module.save_pretrained(folder)
    assert (folder / "model.safetensors").exists()


def several_files(folder, module):
    module.save_pretrained(folder, max_shard_size="5KB")
    assert (folder / "model.safetensors.index.json").exists()
    assert len(list(folder.glob("*.safetensors"))) > 1


@pytest.mark.parametrize("kind", [ViTModel, ViTForImageClassification])
@pytest.mark.parametrize("write", [in_memory_names, published_names, several_files])
def test_published_weights_from_a_folder_and_from_the_cache(
    tmp_path, hub_cache, kind, write
):
    theirs = published(5, kind, num_labels=3, id2label={0: "cat", 1: "dog", 2: "cup"})
    folder = tmp_path / "model"
    folder.mkdir()
    write(folder, theirs)
    hub_cache(NAME, folder)
    for place in (folder, str(folder), NAME):
        ours = ViT.from_pretrained(place)
        assert not ours.training
        assert_parity(ours, theirs, draw_images(theirs))
        labels = ("cat", "dog", "cup") if kind is ViTForImageClassification else ()
        assert ours.config.labels == labels


def test_the_two_layouts_have_different_names(tmp_path):
    """If transformers stops converting names, the test above loses its point."""
    from safetensors.torch import load_file

    theirs = published(6)
    theirs.save_pretrained(tmp_path)
    on_disk = load_file(tmp_path / "model.safetensors").keys()
    assert "vit.encoder.layer.0.attention.attention.query.weight" in on_disk
    assert "vit.layers.0.attention.q_proj.weight" in theirs.state_dict()


def test_a_model_can_be_saved_and_loaded(tmp_path):
    for seed, options in enumerate(
        [{}, {"use_positions": False, "labels": ("Ähre", "b")}, {"qkv_bias": False}]
    ):
        config = ViTConfig((16, 8), 4, 12, 2, 3, classes=2, norm_eps=1e-3, **options)
        model = ViT(config).eval()
        randomise(model, seed)
        model.save(tmp_path / "new" / "folder")
        again = ViT.load(tmp_path / "new" / "folder")
        assert again.config == config and again.config.labels == config.labels
        images = torch.randn(2, 3, 16, 8)
        assert torch.equal(again(images), model(images))


def test_missing_left_over_and_misshapen_weights_are_named(tmp_path):
    theirs = published(7)
    theirs.save_pretrained(tmp_path)
    file, weights = tmp_path / "pytorch_model.bin", theirs.state_dict()
    (tmp_path / "model.safetensors").unlink()
    key = "vit.layers.0.attention.k_proj.weight"
    torch.save({k: v for k, v in weights.items() if k != key}, file)
    with pytest.raises(ValueError, match=r"blocks\.0\.attention\.qkv\.weight: shape"):
        ViT.from_pretrained(tmp_path)
    key = "vit.layernorm.bias"
    torch.save({k: v for k, v in weights.items() if k != key}, file)
    with pytest.raises(ValueError, match=r"missing: norm\.bias"):
        ViT.from_pretrained(tmp_path)
    torch.save(weights | {"vit.extra": torch.ones(1)}, file)
    with pytest.raises(ValueError, match=r"unexpected: extra"):
        ViT.from_pretrained(tmp_path)


def test_what_is_not_there_is_said(tmp_path, hub_cache):
    with pytest.raises(UnavailableError, match="cache doesn't hold it.*folder"):
        ViT.from_pretrained(NAME)
    with pytest.raises(UnavailableError, match="can't get 'not a name'"):
        ViT.from_pretrained("not a name")
    with pytest.raises(UnavailableError, match="there is no folder"):
        ViT.from_pretrained(tmp_path / "nowhere")
    with pytest.raises(UnavailableError, match="has no config.json"):
        ViT.from_pretrained(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(UnavailableError, match="not valid JSON"):
        ViT.from_pretrained(tmp_path)
    published(8).config.save_pretrained(tmp_path)
    with pytest.raises(OSError, match=r"has no model.safetensors or .*\.bin"):
        ViT.from_pretrained(tmp_path)
    for name in ("pytorch_model.bin", "model.safetensors"):
        (tmp_path / name).write_bytes(b"<html>not found</html>")
        with pytest.raises(UnavailableError, match="no readable weights"):
            ViT.from_pretrained(tmp_path)
    with pytest.raises(ValueError, match="holds no ViT saved by this book"):
        ViT.load(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ValueError, match="expected a ViT, got a 'bert' model"):
        ViT.from_pretrained(tmp_path)


def test_a_pickle_that_runs_code_is_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "broken-in"),)

    published(9).config.save_pretrained(tmp_path)
    torch.save({"weight": Evil()}, tmp_path / "pytorch_model.bin")
    with pytest.raises(UnavailableError, match="no readable weights"):
        ViT.from_pretrained(tmp_path)
    assert not (tmp_path / "broken-in").exists()


def test_without_a_connection_the_error_comes_soon(tmp_path):
    """The hub is looked for at an address where nothing listens."""
    code = (
        "from multimodal.vit import ViT\n"
        f"try: ViT.from_pretrained({NAME!r})\n"
        "except OSError as error: print(type(error).__name__)"
    )
    environment = {k: v for k, v in os.environ.items() if k != "HF_HUB_OFFLINE"}
    environment |= {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_CACHE": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.stdout.strip() == "UnavailableError", result.stderr


def test_other_modules_are_refused():
    config = random_config(0, image_size=8, patch_size=4, encoder_stride=4)
    for module in (nn.Linear(2, 2), ViTForMaskedImageModeling(config)):
        with pytest.raises(TypeError, match="expected a ViTModel.*got"):
            ViT.from_transformers(module)
    with pytest.raises(ValueError, match=r"unexpected: embedding\.mask_token"):
        ViT.from_transformers(ViTModel(config, use_mask_token=True))
    with pytest.raises(ValueError, match="unknown activation 'relu'"):
        ViT.from_transformers(ViTModel(random_config(0, hidden_act="relu")))


@pytest.mark.parametrize(
    "options", [{}, {"resample": 3, "size": {"height": 32, "width": 20}}]
)
def test_preprocessing_equals_transformers(tmp_path, options):
    pixels = np.random.default_rng(0).integers(0, 256, (41, 67, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    options = {"image_mean": [0.5] * 3, "image_std": [0.5, 0.4, 0.3]} | options
    processor = ViTImageProcessorPil(**options)
    processor.save_pretrained(tmp_path)
    expected = processor([image], return_tensors="pt").pixel_values
    ours = ImagePreprocessing.from_pretrained(tmp_path)([image])
    assert_close(ours, expected)
    (tmp_path / "preprocessor_config.json").write_text('{"size": 224}')  # older files
    assert ImagePreprocessing.from_pretrained(tmp_path) == ImagePreprocessing()
    (tmp_path / "preprocessor_config.json").write_text('{"size": {"shortest_edge": 9}}')
    with pytest.raises(ValueError, match="keeps the proportions"):
        ImagePreprocessing.from_pretrained(tmp_path)


@pytest.mark.parametrize("shape", [(41, 67), (90, 33), (30, 30)])
def test_cutting_out_the_middle_equals_transformers(tmp_path, shape):
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    sizes = {"size": {"shortest_edge": 24}, "crop_size": {"height": 24, "width": 24}}
    processor = CLIPImageProcessorPil(**sizes)
    processor.save_pretrained(tmp_path)
    expected = processor([image], return_tensors="pt").pixel_values
    ours = ImagePreprocessing.from_pretrained(tmp_path)([image])
    assert ours.shape == (1, 3, 24, 24)
    assert_close(ours, expected)
    sizes["crop_size"] = {"height": 20, "width": 24}
    CLIPImageProcessorPil(**sizes).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="crops them in another way"):
        ImagePreprocessing.from_pretrained(tmp_path)


grids = st.integers(1, 4)


@settings(max_examples=50, deadline=None)
@given(grids, grids, grids, st.integers(1, 5), st.integers(1, 4))
def test_patchify_and_back(batch, rows, columns, patch_size, channels):
    images = torch.randn(batch, channels, rows * patch_size, columns * patch_size)
    patches = patchify(images, patch_size)
    assert patches.shape == (batch, rows * columns, patch_size**2 * channels)
    assert torch.equal(unpatchify(patches, patch_size, (rows, columns)), images)
    if rows == columns:
        assert torch.equal(unpatchify(patches, patch_size), images)
    for number in range(rows * columns):  # brute force: cut each patch out
        top, left = (patch_size * place for place in divmod(number, columns))
        patch = images[:, :, top : top + patch_size, left : left + patch_size]
        flat = patch.permute(0, 2, 3, 1).reshape(batch, -1)
        assert torch.equal(patches[:, number], flat)


@settings(max_examples=25, deadline=None)
@given(grids, grids, st.integers(1, 5), st.integers(1, 4), st.integers(1, 6))
def test_patch_embedding_is_a_linear_layer_and_a_strided_convolution(
    rows, columns, patch_size, channels, width
):
    embedding = PatchEmbedding(patch_size, width, channels)
    images = torch.randn(2, channels, rows * patch_size, columns * patch_size)
    project = embedding.project
    weight = project.weight.permute(0, 2, 3, 1).flatten(1)  # as patchify orders numbers
    linear = nn.functional.linear(patchify(images, patch_size), weight, project.bias)
    torch.testing.assert_close(embedding(images), linear, atol=1e-5, rtol=1e-5)
    strided = nn.functional.conv2d(
        images, project.weight, project.bias, stride=patch_size
    )
    strided = strided.flatten(2).transpose(1, 2)
    torch.testing.assert_close(embedding(images), strided, atol=1e-5, rtol=1e-5)


@settings(max_examples=25, deadline=None)
@given(grids, grids, grids, grids)
def test_interpolation_of_positions(rows, columns, new_rows, new_columns):
    positions = torch.randn(1, 1 + rows * columns, 3)
    new = interpolate_positions(positions, (new_rows, new_columns), (rows, columns))
    assert new.shape == (1, 1 + new_rows * new_columns, 3)
    assert torch.equal(new[:, 0], positions[:, 0])
    same = interpolate_positions(positions, (rows, columns), (rows, columns))
    torch.testing.assert_close(same, positions)
    # what depends on the row only, still does: rows and columns aren't swapped
    by_row = torch.arange(float(rows)).repeat_interleave(columns)[None, :, None]
    by_row = torch.cat([torch.zeros(1, 1, 1), by_row], dim=1)
    new = interpolate_positions(by_row, (new_rows, new_columns), (rows, columns))
    image = new[0, 1:, 0].reshape(new_rows, new_columns)
    torch.testing.assert_close(image, image[:, :1].expand_as(image))


def test_a_new_model_starts_as_documented():
    torch.manual_seed(0)
    model = ViT(ViTConfig(64, 8, 128, 2, 4, classes=10))
    parameters = dict(model.named_parameters())
    assert parameters["embedding.position_embedding"].std().item() == pytest.approx(
        0.02, rel=0.05
    )
    for name in ("embedding.cls_token", "head.weight", "head.bias"):
        assert not parameters[name].any()
    block = model.encoder.blocks[0]
    assert block.mlp.expand.bias.std().item() == pytest.approx(1e-6, rel=0.3)
    assert not block.attention.qkv.bias.any()
    for matrix, fans in [
        (block.attention.qkv.weight[:128], 256),
        (block.attention.project.weight, 256),
        (block.mlp.expand.weight, 640),
    ]:
        assert matrix.std().item() == pytest.approx((2 / fans) ** 0.5, rel=0.05)
    assert (block.mlp_norm.weight == 1).all() and not block.mlp_norm.bias.any()


def test_without_positions_the_order_of_the_patches_is_invisible():
    images = torch.randn(2, 3, 16, 24)
    patches = patchify(images, 8)[:, torch.tensor([4, 2, 0, 5, 1, 3])]
    shuffled = unpatchify(patches, 8, (2, 3))
    for use_positions in (True, False):
        config = ViTConfig((16, 24), 8, 12, 2, 3, 5, use_positions=use_positions)
        model = ViT(config).eval()
        randomise(model, 0)
        same = torch.allclose(model(images), model(shuffled), atol=1e-5)
        assert same is not use_positions
        assert model(torch.randn(1, 3, 8, 8), interpolate=True).shape == (1, 5)


def test_dropout_is_honoured():
    theirs = published(10, hidden_dropout_prob=0.5)
    ours = ViT.from_transformers(theirs)
    images = draw_images(theirs)
    assert torch.equal(ours(images), ours(images))
    ours.train()
    assert not torch.equal(ours(images), ours(images))


def test_errors_say_what_was_expected():
    model = ViT(ViTConfig(16, 8, 12, 1, 3, classes=2))
    with pytest.raises(ValueError, match=r"expected images of shape \(batch, 3"):
        model(torch.randn(2, 1, 16, 16))
    with pytest.raises(
        ValueError, match=r"expected images of shape.*got \(3, 16, 16\)"
    ):
        model(torch.randn(3, 16, 16))
    with pytest.raises(ValueError, match=r"expected images of \(16, 16\).*interpolate"):
        model(torch.randn(2, 3, 16, 24))
    with pytest.raises(
        ValueError, match="17 x 16 pixels don't divide into patches of 8"
    ):
        model(torch.randn(2, 3, 17, 16), interpolate=True)
    with pytest.raises(ValueError, match="10 x 12 pixels don't divide"):
        patchify(torch.randn(1, 3, 10, 12), 4)
    with pytest.raises(ValueError, match="6 patches don't fill a grid of 2 x 2"):
        unpatchify(torch.randn(1, 6, 12), 2)
    with pytest.raises(ValueError, match="can't be 3 x 3 pixels"):
        unpatchify(torch.randn(1, 4, 12), 3)
    with pytest.raises(ValueError, match="6 positions don't fill a grid of 2 x 2"):
        interpolate_positions(torch.randn(1, 7, 4), (3, 3))
    with pytest.raises(ValueError, match="16 x 20 pixels doesn't divide"):
        ViTConfig((16, 20), 8, 12, 1, 3, classes=2)
