"""Measure how many pairs a second the training of the scenes' CLIP goes through.

    python benchmarks/clip_throughput.py [--steps 10] [--workers 0] [--threads 1]

Three numbers, by the recipe's own code: the data alone (scenes drawn, painted,
captioned, tokenised), the towers alone (the same batch in every update), and both. If
both is far below the towers, the data is what holds the training up: give it workers.
"""

import argparse
import importlib.util
import statistics
import time
from itertools import pairwise
from pathlib import Path

import torch
from torch.utils.data import Dataset

from multimodal.scene_pairs import BatchStream, ScenePairBatches
from multimodal.training import Recipe

ROOT = Path(__file__).parents[1]
FILE = ROOT / "checkpoints" / "clip-emoji-scenes" / "train.py"


class SameBatch(Dataset):
    """One batch again and again, which costs nothing to make."""

    def __init__(self, batch: tuple[torch.Tensor, torch.Tensor]):
        self.batch = batch

    def __getitem__(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Give the batch, whatever the step."""
        return self.batch


def main() -> None:
    """Print pairs a second for data, towers and both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    spec = importlib.util.spec_from_file_location("train", FILE)
    recipe_file = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe_file)

    tokenizer = recipe_file.learn_tokenizer(scenes=300)
    batches = ScenePairBatches(tokenizer, arguments.batch, **recipe_file.LESSONS[0])
    batches[0]  # the artwork is read now
    recipe = Recipe(arguments.steps, batch_size=arguments.batch, learning_rate=1e-4)

    def data() -> list[float]:
        stream = BatchStream(batches, recipe.steps, arguments.workers)
        times = [time.perf_counter()]
        for step in range(recipe.steps):
            stream(step)
            times.append(time.perf_counter())
        return times

    def training(source: Dataset, workers: int) -> list[float]:
        times = [time.perf_counter()]
        model = recipe_file.new_model(tokenizer)
        recipe_file.train_clip(
            model,
            source,
            recipe,
            workers,
            on_step=lambda step, loss: times.append(time.perf_counter()),
        )
        return times

    ways = {
        "data": data,
        "towers": lambda: training(SameBatch(batches[0]), 0),
        "both": lambda: training(batches, arguments.workers),
    }
    device = "GPU" if torch.cuda.is_available() else "CPU"
    print(
        f"batch {arguments.batch}, {arguments.workers} worker(s), "
        f"{arguments.threads} thread(s), {device}"
    )
    for name, measure in ways.items():
        times = measure()[1:]  # the first step warms up
        seconds = [after - before for before, after in pairwise(times)]
        print(f"  {name:7} {arguments.batch / statistics.median(seconds):7.0f} pairs/s")


if __name__ == "__main__":
    main()
