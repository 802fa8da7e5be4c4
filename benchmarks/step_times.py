"""Time training steps of our model and of transformers' in turn; print the ratio."""

import argparse
import statistics
import time
from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor, nn
from tqdm import tqdm

Times = dict[str, list[float]]  # seconds, of each round


def interleave(
    losses: Mapping[str, Callable[[], Tensor]], models: Iterable[nn.Module], rounds: int
) -> Times:
    """Time forward and backward of each loss, `rounds` times, in changing order.

    Args:
        losses: each gives a number with its graph.
        models: lose their gradients after each step.
    """
    times: Times = {name: [] for name in losses}
    for number in tqdm(range(-3, rounds), leave=False):  # the first ones warm up
        for name in sorted(losses, reverse=number % 2 == 0):
            start = time.perf_counter()
            losses[name]().backward()
            seconds = time.perf_counter() - start
            if number >= 0:
                times[name].append(seconds)
            for model in models:
                model.zero_grad()
    return times


def compare_sizes(
    description: str, sizes: Mapping[str, tuple], compare: Callable[[tuple, int], Times]
) -> None:
    """Be the command line of a benchmark: medians and the ratio for each size.

    Args:
        description: of the benchmark, for `--help`.
        sizes: by their titles.
        compare: gives the times of "ours" and "transformers" for a size and a number
            of rounds.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(f"{arguments.rounds} rounds, {arguments.threads} thread(s), fp32")
    for title, size in sizes.items():
        times = compare(size, arguments.rounds)
        print(title)
        for name, seconds in times.items():
            print(f"  {name:12} {1000 * statistics.median(seconds):7.1f} ms (median)")
        pairs = zip(times["transformers"], times["ours"], strict=True)
        low, middle, high = statistics.quantiles((a / b for a, b in pairs), n=4)
        print(f"  ratio {middle:.2f} (quartiles {low:.2f} to {high:.2f})", flush=True)
