"""The diffusion transformer: what it starts as, what steers it, and its files."""

import pytest
import torch

from multimodal.dit import DiT, DiTBlock, DiTConfig, grid_positions, sinusoids

CONFIG = {"side": 8, "patch_size": 2, "width": 32, "layers": 2, "heads": 4}


def new_dit(**options) -> DiT:
    torch.manual_seed(0)
    return DiT(DiTConfig(**CONFIG, condition_width=6, channels=5, **options))


@torch.no_grad()
def shake(model: torch.nn.Module) -> torch.nn.Module:
    """Give every parameter, also those that begin at zero, a random value."""
    for parameter in model.parameters():
        parameter.normal_(std=0.2)
    return model


def inputs(batch: int = 3) -> tuple[torch.Tensor, ...]:
    images, conditions = torch.randn(batch, 5, 8, 8), torch.randn(batch, 6)
    return images, torch.rand(batch), conditions, torch.zeros(batch).bool()


def test_a_new_block_changes_nothing():
    block, tokens, condition = (
        DiTBlock(16, 2),
        torch.randn(2, 5, 16),
        torch.randn(2, 16),
    )
    assert torch.equal(block(tokens, condition), tokens)
    assert not torch.allclose(shake(block)(tokens, condition), tokens)


def test_a_new_model_predicts_the_middle_but_can_learn():
    model = new_dit()
    predicted = model(*inputs())
    assert predicted.shape == (3, 5, 8, 8)
    assert torch.equal(predicted, torch.zeros_like(predicted))
    (predicted - 1).square().mean().backward()
    assert model.to_patches.bias.grad.abs().sum() > 0


def test_time_and_condition_steer_the_prediction():
    model, (images, times, conditions, dropped) = shake(new_dit()), inputs()
    before = model(images, times, conditions, dropped)
    assert not torch.allclose(model(images, 1 - times, conditions, dropped), before)
    assert not torch.allclose(model(images, times, -conditions, dropped), before)


def test_a_dropped_condition_leaves_no_trace():
    model, (images, times, conditions, dropped) = shake(new_dit()), inputs()
    dropped[1] = True
    before = model(images, times, conditions, dropped)
    after = model(images, times, 5 * conditions, dropped)
    assert torch.equal(before[1], after[1])
    assert not torch.allclose(before[0], after[0])


def test_examples_of_a_batch_do_not_mix():
    model, (images, times, conditions, dropped) = shake(new_dit()), inputs()
    together = model(images, times, conditions, dropped)
    alone = model(images[1:2], times[1:2], conditions[1:2], dropped[1:2])
    torch.testing.assert_close(together[1:2], alone, atol=1e-5, rtol=1e-4)


def test_every_place_has_its_own_vector():
    positions = grid_positions(8, 32)
    assert positions.shape == (64, 32)
    distances = torch.cdist(positions, positions) + 9 * torch.eye(64)
    assert distances.min() > 0.1
    # the first half tells the row, the second the column
    grid = positions.reshape(8, 8, 32)
    assert torch.equal(grid[3, 0, :16], grid[3, 7, :16])
    assert torch.equal(grid[0, 3, 16:], grid[7, 3, 16:])


def test_sinusoids_tell_numbers_apart():
    waves = sinusoids(torch.tensor([0.0, 1.0]), 8)
    torch.testing.assert_close(waves[0], torch.tensor([1.0] * 4 + [0.0] * 4))
    torch.testing.assert_close(waves[1, 0], torch.tensor(1.0).cos())
    torch.testing.assert_close(waves[1, 4], torch.tensor(1.0).sin())


def test_files_keep_everything(tmp_path):
    model = shake(new_dit()).eval()
    model.save(tmp_path)
    again, batch = DiT.load(tmp_path), inputs()
    assert torch.equal(model(*batch), again(*batch))


def test_a_side_that_does_not_divide_is_refused():
    with pytest.raises(ValueError, match="side of 9 .* patches of 2"):
        DiTConfig(**(CONFIG | {"side": 9}), condition_width=6)
