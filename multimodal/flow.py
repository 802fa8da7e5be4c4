"""Flow matching: carry noise to images along straight paths.

Lipman et al., "Flow Matching for Generative Modeling", 2023; Liu et al., "Flow Straight
and Fast", 2023.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

LATEST = 0.95  # of the times in training, where a difference is divided by 1 - t


def spread(times: Tensor, like: Tensor) -> Tensor:
    """Give times, (batch,), as many axes as examples have: (batch, 1, 1, ...)."""
    return times.reshape(-1, *[1] * (like.ndim - 1))


def on_the_path(noise: Tensor, examples: Tensor, times: Tensor) -> Tensor:
    """Give the places on the straight paths from noise to examples.

    Args:
        noise, examples: (batch, ...), the two ends of each path.
        times: (batch,), from 0 (noise) to 1 (example).
    Returns:
        (batch, ...): (1 - t) noise + t example.
    """
    times = spread(times, examples)
    return (1 - times) * noise + times * examples


def velocity(predicted: Tensor, places: Tensor, times: Tensor) -> Tensor:
    """Give the velocity that takes the places to the predicted ends in the time left.

    Args:
        predicted: (batch, ...), where the paths are expected to end.
        places: (batch, ...), where they are.
        times: (batch,), when they are there.
    Returns:
        (batch, ...): (end - place) / (1 - t).
    """
    return (predicted - places) / spread(1 - times, places)


def draw_times(batch: int, mean: float = -0.4, deviation: float = 1.0) -> Tensor:
    """Draw times between 0 and `LATEST` for training, most of them around the middle.

    They are the logistic function of normal numbers (Esser et al., 2024).
    """
    return torch.sigmoid(mean + deviation * torch.randn(batch)).clamp_max(LATEST)


def flow_loss(
    model: nn.Module, examples: Tensor, conditions: Tensor, drop: float = 0.1
) -> Tensor:
    """Measure how far the predicted velocities are from those of the straight paths.

    Args:
        model: predicts the ends of paths from (places, times, conditions, dropped).
        examples: (batch, ...), the ends of paths, with numbers of about size 1.
        conditions: (batch, width), what each example is to be made from.
        drop: share of the examples whose condition is withheld, so that the model
            learns to do without one, too (Ho and Salimans, 2022).
    Returns:
        The mean squared difference of the velocities.
    """
    device = examples.device
    noise = torch.randn(examples.shape).to(device)  # drawn on the CPU: as everywhere
    times = draw_times(len(examples)).to(device)
    dropped = (torch.rand(len(examples)) < drop).to(device)
    places = on_the_path(noise, examples, times)
    predicted = model(places, times, conditions, dropped)
    wanted = velocity(examples, places, times)
    return (velocity(predicted, places, times) - wanted).square().mean()


def guide(with_condition: Tensor, without: Tensor, scale: float) -> Tensor:
    """Go from the velocity without condition towards, and past, the one with it.

    This is classifier-free guidance (Ho and Salimans, 2022).

    Args:
        with_condition, without: velocities of the same places, (batch, ...).
        scale: 0 ignores the condition, 1 follows it, more exaggerates it.
    """
    return without + scale * (with_condition - without)


def guided_velocity(
    model: nn.Module, conditions: Tensor, scale: float
) -> Callable[[Tensor, Tensor], Tensor]:
    """Make the velocity field of a model under guidance.

    Args:
        model: as for `flow_loss`.
        conditions: (batch, width).
        scale: as for `guide`.
    Returns:
        A function of places (batch, ...) and times (batch,).
    """
    dropped = torch.arange(2, device=conditions.device).repeat_interleave(
        len(conditions)
    )

    def field(places: Tensor, times: Tensor) -> Tensor:
        if scale == 1:  # nothing to exaggerate: one pass is enough
            keep = torch.zeros_like(times, dtype=torch.bool)
            return velocity(model(places, times, conditions, keep), places, times)
        twice = [torch.cat([part, part]) for part in (places, times, conditions)]
        predicted = model(*twice, dropped.bool())
        return guide(*velocity(predicted, *twice[:2]).chunk(2), scale)

    return field


@torch.inference_mode()
def follow(
    field: Callable[[Tensor, Tensor], Tensor], noise: Tensor, steps: int
) -> Tensor:
    """Follow a velocity field from time 0 to time 1 in equal steps (Heun's method).

    Each step is taken with the mean of the velocities at its beginning and, as it
    would be with the first alone (Euler's method), at its end; the last one goes
    straight to where the field points.

    Args:
        field: gives velocities of places (batch, ...) at times (batch,).
        noise: (batch, ...), where the paths begin.
        steps: how many.
    """
    places, length = noise, 1 / steps
    for step in range(steps):
        now = torch.full((len(noise),), step * length, device=noise.device)
        first = field(places, now)
        if step + 1 < steps:
            second = field(places + length * first, now + length)
            first = (first + second) / 2
        places = places + length * first
    return places
