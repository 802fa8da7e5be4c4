"""Run recipes on very little; as a script that of the scenes' CLIP.

In one process or in several:
python -m torch.distributed.run --nproc_per_node 2 small_recipes.py --steps 2
"""

import importlib.util
import io
import json
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from accelerate import PartialState
from PIL import Image
from torch import nn

from multimodal.preprocessing import ImagePreprocessing
from multimodal.training import Recipe

ROOT = Path(__file__).parents[2]


def import_file(path: Path):
    """Import a script as a module, a new one each time."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def script(name: str, file: str = "train.py"):
    """Import a script that lies beside course weights as a module."""
    return import_file(ROOT / "checkpoints" / name / file)


class SmallEncoder(nn.Module):
    """Stands for the frozen encoder: shrinks photographs to 2 x 2 pixels."""

    def __init__(self):
        super().__init__()
        self.preprocess = ImagePreprocessing((2, 2))
        self.one = nn.Parameter(torch.ones(1), requires_grad=False)

    def forward(self, images):
        return (self.one * images).flatten(2).transpose(1, 2)


class SmallFlickr8k:
    """Stands for Flickr8k: twenty photographs of noise with two captions each."""

    def __init__(self, split, folder):
        random = np.random.default_rng(len(split))
        shape = (20, 4, 4, 3)
        self.files = []
        for pixels in random.integers(0, 256, shape, dtype=np.uint8):
            buffer = io.BytesIO()
            Image.fromarray(pixels).save(buffer, "PNG")
            self.files.append(buffer.getvalue())
        self.captions = [(f"Photograph {n}.", f"No {n}.") for n in range(20)]

    def __len__(self):
        return 20


class Interrupted(Exception):
    """Somebody pulls the plug."""


def make_record(
    module, monkeypatch, file: Path, runs: int | None = None
) -> tuple[dict, int]:
    """Run a script of ablations with two seeds.

    Args:
        module: the script, with a `run` whose result has `seconds`.
        file: of the record.
        runs: after so many it is interrupted.
    Returns:
        The record, without the times, and how many runs were made.
    Raises:
        Interrupted: after `runs` of them.
    """
    done, original = [], module.run

    def counted(*arguments):
        if len(done) == runs:
            raise Interrupted
        done.append(None)
        return original(*arguments) | {"seconds": 0}

    with monkeypatch.context() as patch:
        patch.setattr(module, "run", counted)
        words = ["ablations.py", "--seeds", "2", "--out", str(file)]
        patch.setattr(sys, "argv", words)
        module.main()
    return json.loads(file.read_text()), len(done)


def small_clip_recipe():
    """Give the recipe as a function of its arguments, with batches of 8 pairs."""
    module = script("clip-emoji-scenes")
    learn_tokenizer = module.learn_tokenizer
    module.MERGES, module.POOL = 40, 12
    module.learn_tokenizer = lambda: learn_tokenizer(scenes=30)

    def recipe(steps: int, batch_size: int, warmup: int, **options) -> Recipe:
        return Recipe(steps, batch_size=8, warmup=2, **options)

    module.Recipe = recipe

    def run(*arguments: object) -> None:
        with mock.patch.object(sys, "argv", ["train.py", *map(str, arguments)]):
            module.main()

    run.module = module
    return run


if __name__ == "__main__":
    state = PartialState(cpu=True)  # several processes on a CPU have to be asked for
    print(f"process of {state.num_processes}", flush=True)
    small_clip_recipe()(*sys.argv[1:])
    state.destroy_process_group()
