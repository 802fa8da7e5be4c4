"""Flow matching: paths, velocities, guidance and the sampler do what they promise."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from multimodal.flow import (
    LATEST,
    draw_times,
    flow_loss,
    follow,
    guide,
    guided_velocity,
    on_the_path,
    velocity,
)

MEAN, DEVIATION = 0.7, 0.3  # of the examples in the flow whose solution is known


class KnownFlow(nn.Module):
    """Predict the ends of paths from N(0, 1) to N(MEAN, DEVIATION), as well as can be.

    With a condition, the mean is that condition. It notes what it was called with.
    """

    def __init__(self):
        super().__init__()
        self.calls = []

    def forward(self, places, times, conditions, dropped):
        self.calls.append((places, times, conditions, dropped))
        means = torch.where(dropped[:, None], MEAN, conditions)
        t = times[:, None]
        variance = DEVIATION**2
        share = variance * t / ((1 - t) ** 2 + variance * t**2)
        return means + share * (places - t * means)


def test_a_path_is_straight_and_has_one_velocity():
    noise, examples = torch.randn(2, 5, 3, 4, 4)
    for t in (0.0, 0.25, 0.9):
        times = torch.full((5,), t)
        places = on_the_path(noise, examples, times)
        torch.testing.assert_close(places, (1 - t) * noise + t * examples)
        speed = velocity(examples, places, times)
        torch.testing.assert_close(speed, examples - noise, atol=1e-5, rtol=1e-4)


def test_each_example_has_its_own_time():
    noise, examples = torch.zeros(2, 3), torch.ones(2, 3)
    places = on_the_path(noise, examples, torch.tensor([0.2, 0.7]))
    torch.testing.assert_close(places[:, 0], torch.tensor([0.2, 0.7]))


def test_the_sampler_solves_a_flow_whose_solution_is_known():
    torch.manual_seed(0)
    noise = torch.randn(200, 2, dtype=torch.float64)
    conditions = torch.full((200, 2), MEAN, dtype=torch.float64)
    exact = MEAN + DEVIATION * noise  # a flow between normal numbers keeps their order
    errors = []
    for steps in (8, 16, 32, 64):
        ends = follow(guided_velocity(KnownFlow(), conditions, 1.0), noise, steps)
        errors.append((ends - exact).abs().max().item())
    assert errors[-1] < 2e-3
    # twice as many steps: a quarter of the error, as of a method of second order
    for coarse, fine in pairwise(errors):
        assert fine < 0.4 * coarse


def test_the_sampler_never_asks_for_the_velocity_at_the_end():
    model = KnownFlow()
    follow(guided_velocity(model, torch.zeros(3, 2), 1.0), torch.randn(3, 2), 4)
    times = [call[1][0].item() for call in model.calls]
    assert times == pytest.approx([0, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75])


def test_guidance_ignores_follows_and_exaggerates():
    with_condition, without = torch.randn(2, 4, 3)
    torch.testing.assert_close(guide(with_condition, without, 0), without)
    torch.testing.assert_close(guide(with_condition, without, 1), with_condition)
    difference = with_condition - without
    doubled = guide(with_condition, without, 2)
    torch.testing.assert_close(doubled, with_condition + difference)


@pytest.mark.parametrize("scale", [0.0, 1.0, 2.5])
def test_the_guided_field_asks_with_and_without_condition(scale):
    places, conditions = torch.randn(4, 2), torch.full((4, 2), 3.0)
    times, model = torch.full((4,), 0.5), KnownFlow()
    keep, drop = torch.zeros(4).bool(), torch.ones(4).bool()
    followed, ignored = (
        velocity(model(places, times, conditions, dropped), places, times)
        for dropped in (keep, drop)
    )
    field = guided_velocity(model, conditions, scale)
    expected = ignored + scale * (followed - ignored)
    torch.testing.assert_close(field(places, times), expected)


def test_the_loss_is_zero_for_who_knows_and_counts_velocities():
    examples = torch.zeros(512, 3)

    class Off(nn.Module):
        def forward(self, places, times, conditions, dropped):
            self.times = times
            return torch.full_like(places, self.mistake)

    model = Off()
    model.mistake = 0.0
    assert flow_loss(model, examples, examples).item() < 1e-9
    model.mistake = 0.1
    loss = flow_loss(model, examples, examples)
    expected = (0.1 / (1 - model.times)).square().mean()
    torch.testing.assert_close(loss, expected)


def test_training_withholds_a_share_of_the_conditions():
    torch.manual_seed(0)
    for share in (0.0, 0.1, 0.5, 1.0):
        model, examples = KnownFlow(), torch.randn(4000, 1)
        flow_loss(model, examples, torch.zeros(4000, 1), drop=share)
        dropped = model.calls[0][3]
        assert dropped.float().mean().item() == pytest.approx(share, abs=0.03)


def test_times_stay_within_their_bounds():
    torch.manual_seed(0)
    times = draw_times(20_000)
    assert times.min() > 0 and times.max() <= LATEST
    assert 0.3 < times.median() < 0.5
