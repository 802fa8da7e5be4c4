"""Time a training step of our ViT against that of transformers, on this machine.

    python benchmarks/vit_step.py [--rounds 30] [--threads 1]

A step is forward, loss and backward. The models have the same configuration and the
same weights. Each round times all of them, in an order that turns from round to round;
a ratio is the median over the rounds of (their time / our time in the same round), so
that noise lasting longer than a round cancels. A ratio above 1 means ours is faster.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F
from tqdm import tqdm
from transformers import ViTConfig, ViTForImageClassification

from multimodal.vit import ViT

SIZES = {
    "128 wide, 4 layers, 4 heads, 65 tokens, batch 32": (
        {
            "image_size": 64,
            "patch_size": 8,
            "hidden_size": 128,
            "layers": 4,
            "heads": 4,
        },
        32,
    ),
    "192 wide, 6 layers, 3 heads, 65 tokens, batch 32": (
        {
            "image_size": 64,
            "patch_size": 8,
            "hidden_size": 192,
            "layers": 6,
            "heads": 3,
        },
        32,
    ),
    "128 wide, 4 layers, 4 heads, 197 tokens, batch 8": (
        {
            "image_size": 224,
            "patch_size": 16,
            "hidden_size": 128,
            "layers": 4,
            "heads": 4,
        },
        8,
    ),
}


def theirs(size: dict[str, int], attention: str) -> nn.Module:
    """Make transformers' model, with its attention "eager" or "sdpa"."""
    torch.manual_seed(0)
    config = ViTConfig(
        image_size=size["image_size"],
        patch_size=size["patch_size"],
        hidden_size=size["hidden_size"],
        intermediate_size=4 * size["hidden_size"],
        num_hidden_layers=size["layers"],
        num_attention_heads=size["heads"],
        num_labels=100,
        attn_implementation=attention,
    )
    return ViTForImageClassification(config)


def seconds_a_step(
    model: nn.Module, logits: Callable, images: torch.Tensor, labels: torch.Tensor
) -> float:
    """Time forward, cross-entropy and backward."""
    start = time.perf_counter()
    F.cross_entropy(logits(model(images)), labels).backward()
    seconds = time.perf_counter() - start
    model.zero_grad()
    return seconds


def compare(size: dict[str, int], batch: int, rounds: int) -> dict[str, list[float]]:
    """Time all models of one size, `rounds` times each."""
    eager, sdpa = theirs(size, "eager"), theirs(size, "sdpa")
    models = {
        "ours": (ViT.from_transformers(eager).train(), lambda output: output),
        "eager": (eager.train(), lambda output: output.logits),
        "sdpa": (sdpa.train(), lambda output: output.logits),
    }
    images = torch.randn(batch, 3, size["image_size"], size["image_size"])
    labels = torch.randint(100, (batch,))
    for model, logits in models.values():  # warm up
        for _ in range(3):
            seconds_a_step(model, logits, images, labels)
    times: dict[str, list[float]] = {name: [] for name in models}
    names = list(models)
    for number in tqdm(range(rounds), leave=False):
        turn = number % len(names)
        order = names[turn:] + names[:turn]
        for name in order if number % 2 else reversed(order):
            times[name].append(seconds_a_step(*models[name], images, labels))
    return times


def main() -> None:
    """Print medians and ratios for each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(f"{arguments.rounds} rounds, {arguments.threads} thread(s), fp32")
    for title, (size, batch) in SIZES.items():
        times = compare(size, batch, arguments.rounds)
        print(title)
        for name, seconds in times.items():
            print(f"  {name:6} {1000 * statistics.median(seconds):7.1f} ms (median)")
        for name in ("eager", "sdpa"):
            ratios = [
                other / ours
                for other, ours in zip(times[name], times["ours"], strict=True)
            ]
            low, middle, high = statistics.quantiles(ratios, n=4)
            print(f"  {name} / ours: {middle:.2f} (quartiles {low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
