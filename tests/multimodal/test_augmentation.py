"""Augmentation changes images as it says, each by itself, and nothing else."""

import torch

from multimodal.augmentation import cut_out, jitter_colours, shift_and_flip


def numbered(batch: int, height: int = 12, width: int = 10) -> torch.Tensor:
    """Images whose pixels hold their own places: channel 0 the row, 1 the column."""
    rows = torch.arange(height).view(-1, 1).expand(height, width)
    columns = torch.arange(width).expand(height, width)
    image = torch.stack([rows, columns, torch.zeros_like(rows)]).float()
    return image.expand(batch, -1, -1, -1).clone()


def test_shifts_stay_in_range_and_every_second_image_is_mirrored():
    torch.manual_seed(0)
    images = numbered(400)
    changed = shift_and_flip(images, most=3)
    assert changed.shape == images.shape
    # the middle is never padding: it tells the shift and whether columns fall
    down = changed[:, 0, 5, 5] - 5
    assert set(down.tolist()) == {-3, -2, -1, 0, 1, 2, 3}
    steps = changed[:, 1, 5, 5] - changed[:, 1, 5, 4]
    mirrored = (steps == -1).float().mean()
    assert set(steps.tolist()) == {-1, 1} and 0.4 < mirrored < 0.6
    assert (changed[:, 0, 5] == changed[:, 0, 5, :1]).all()  # a row stays a row
    assert torch.equal(images, numbered(400))


def test_without_a_shift_an_image_is_itself_or_its_mirror_image():
    torch.manual_seed(0)
    images = torch.randn(50, 3, 8, 8)
    for before, after in zip(images, shift_and_flip(images, most=0), strict=True):
        assert torch.equal(after, before) or torch.equal(after, before.flip(2))


def test_what_comes_into_view_is_mirrored_from_the_inside():
    torch.manual_seed(0)
    for image in shift_and_flip(numbered(100), most=4):
        rows = image[0, :, 0]
        assert rows.min() >= 0 and rows.max() <= 11
        assert (rows[1:] - rows[:-1]).abs().eq(1).all()


def test_colours_change_for_each_image_and_stay_in_range():
    torch.manual_seed(0)
    images = torch.rand(1, 3, 6, 6).expand(20, -1, -1, -1) * 2 - 1
    changed = jitter_colours(images, strength=0.3)
    assert changed.min() >= -1 and changed.max() <= 1
    assert len({tuple(image.flatten().tolist()) for image in changed}) == 20
    assert torch.allclose(jitter_colours(images, strength=0.0), images, atol=1e-6)


def test_brightness_contrast_and_saturation_each_do_what_they_say(monkeypatch):
    images = torch.rand(1, 3, 6, 6) - 0.5

    def with_factors(brightness, contrast, saturation):
        draws = (torch.tensor([[brightness], [contrast], [saturation]]) + 0.0) / 2
        monkeypatch.setattr(torch, "rand", lambda *size, device: draws)
        return jitter_colours(images, strength=1.0)  # factor = 2 * draw

    assert torch.allclose(with_factors(0.5, 1, 1), (images + 1) * 0.5 - 1, atol=1e-6)
    flat = with_factors(1, 0, 1)
    assert torch.allclose(flat, images.mean().expand_as(flat), atol=1e-6)
    grey = with_factors(1, 1, 0)
    assert torch.allclose(grey, images.mean(1, keepdim=True).expand_as(grey), atol=1e-6)


def test_a_square_of_each_image_is_covered_and_nothing_else():
    torch.manual_seed(0)
    images = torch.ones(200, 3, 16, 16)
    covered = cut_out(images, size=5) == 0
    assert torch.equal(covered[:, 0], covered[:, 2])
    for mask in covered[:, 0]:
        rows, columns = mask.any(1).nonzero(), mask.any(0).nonzero()
        assert 1 <= len(rows) <= 5 and 1 <= len(columns) <= 5
        assert mask.sum() == len(rows) * len(columns)  # a rectangle
    assert (covered[:, 0].sum((1, 2)) == 25).any()
    assert (images == 1).all()
