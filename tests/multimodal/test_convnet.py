"""The residual CNN that stands beside the ViT."""

import pytest
import torch

from multimodal.convnet import ConvNet, ConvNetConfig, ResidualBlock
from multimodal.vit import ViT, ViTConfig


def count(model) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def test_a_width_makes_it_as_large_as_a_vit():
    vit = count(ViT(ViTConfig(64, 8, 128, 4, 4, classes=100)))
    sizes = [count(ConvNet(ConvNetConfig(100, width=width))) for width in range(30, 45)]
    assert min(abs(size / vit - 1) for size in sizes) < 0.03
    assert 0.85e6 < count(ConvNet(ConvNetConfig(100))) < 0.95e6  # as documented


@pytest.mark.parametrize(("stride", "side"), [(1, 32), (2, 64)])
def test_the_stages_halve_the_maps(stride, side):
    model = ConvNet(ConvNetConfig(7, width=8, stem_stride=stride))
    images = torch.randn(2, 3, side, side)
    assert model.stages(images).shape == (2, 32, 8, 8)
    assert model(images).shape == (2, 7)


def test_a_block_adds_its_input():
    block = ResidualBlock(4, 4)
    torch.nn.init.zeros_(block.conv2.weight)
    maps = torch.rand(2, 4, 5, 5)
    torch.testing.assert_close(block(maps), maps)


def test_it_learns_a_few_images_by_heart():
    torch.manual_seed(0)
    model = ConvNet(ConvNetConfig(4, width=8, blocks=1))
    images, labels = torch.randn(8, 3, 32, 32), torch.arange(8) % 4
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(30):
        loss = torch.nn.functional.cross_entropy(model(images), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < 0.1


def test_it_can_be_saved_and_loaded(tmp_path):
    model = ConvNet(ConvNetConfig(3, width=8, labels=("a", "b", "c")))
    images = torch.randn(2, 3, 32, 32)
    model(images)  # moves the running statistics
    model.save(tmp_path)
    again = ConvNet.load(tmp_path)
    assert again.config == model.config
    assert torch.equal(again(images), model.eval()(images))
    with pytest.raises(ValueError, match="holds no ViT saved by this book"):
        ViT.load(tmp_path)
