"""Train a ViT on CIFAR-10, from nothing but its 50,000 photographs.

    python checkpoints/vit-cifar10/train.py                # the full recipe: a GPU
    python checkpoints/vit-cifar10/train.py --short        # the shortened one: a CPU
    accelerate launch checkpoints/vit-cifar10/train.py     # on many GPUs

The photographs come from the hub (`uoft-cs/cifar10`); `--data FOLDER` reads its Parquet
files from a folder. An interrupted training goes on where it stopped when it is started
again.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import PartialState
from torch import Tensor, nn

from multimodal.augmentation import cut_out, jitter_colours, shift_and_flip
from multimodal.checkpoints import device_name, write_card
from multimodal.cifar10 import CLASSES, cifar10
from multimodal.training import Recipe, accuracy, train_classifier
from multimodal.vit import ViT, ViTConfig

HERE = Path(__file__).parent
HELD_OUT = 5_000  # of the 50,000: for the curve and for choosing a recipe
FULL = (
    ViTConfig(32, 4, width=192, layers=9, heads=3, classes=10, dropout=0.1),
    Recipe(26_400, 512, 1e-3, warmup=1_000, label_smoothing=0.1),  # 300 epochs
)
SHORT = (
    ViTConfig(32, 4, width=128, layers=4, heads=4, classes=10),
    Recipe(5_000, 128, 2e-3, warmup=300, label_smoothing=0.1),  # 14 epochs
)


def augment_fully(images: Tensor) -> Tensor:
    """Change images as the full recipe does: 300 epochs need more variety than 14."""
    return cut_out(jitter_colours(shift_and_flip(images)))


class Curve:
    """Measure a model now and then while it trains; survives an interruption.

    Args:
        model: what is trained.
        images, labels: what it is measured on.
        file: keeps the points: the accuracy by the number of updates.
        every: updates from one point to the next.
    """

    def __init__(self, model: nn.Module, images: Tensor, labels: Tensor, file: Path):
        self.model, self.images, self.labels, self.file = model, images, labels, file
        self.every = 500
        self.points = json.loads(file.read_text()) if file.exists() else {}

    def __call__(self, step: int, loss: float) -> None:
        """Measure after an update, if it is time."""
        if (step + 1) % self.every or not PartialState().is_main_process:
            return
        point = round(accuracy(self.model, self.images, self.labels), 4)
        self.points[str(step + 1)] = point
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps(self.points))


def main() -> None:
    """Train, measure, and write the weights with their card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="14 epochs, for a CPU")
    parser.add_argument("--data", type=Path, help="folder with the Parquet files")
    parser.add_argument("--steps", type=int, help="updates, to try things out")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the result")
    arguments = parser.parse_args()
    config, recipe = SHORT if arguments.short else FULL
    if arguments.steps:
        recipe = Recipe(**(asdict(recipe) | {"steps": arguments.steps}))
    try:
        images, labels = cifar10("train", arguments.data)
        test = cifar10("test", arguments.data)
    except (OSError, ValueError) as error:
        sys.exit(str(error))

    torch.manual_seed(recipe.seed)
    model = ViT(config)
    model.config.labels = CLASSES
    held_out = images[-HELD_OUT:], labels[-HELD_OUT:]
    curve = Curve(model, *held_out, arguments.out / "interrupted" / "curve.json")
    resumed = (arguments.out / "interrupted" / "training.pt").exists()
    start = time.monotonic()
    losses = train_classifier(
        model,
        images[:-HELD_OUT],
        labels[:-HELD_OUT],
        recipe,
        augment=shift_and_flip if arguments.short else augment_fully,
        on_step=curve,
        folder=arguments.out,
    )
    minutes = (time.monotonic() - start) / 60
    if not PartialState().is_main_process:
        return
    metrics = {
        "validation accuracy": round(accuracy(model, *held_out), 4),
        "test accuracy": round(accuracy(model, *test), 4),
    }
    model.cpu().save(arguments.out)
    write_card(
        arguments.out,
        model="ViT, from scratch: names the one of ten classes a photograph shows",
        parameters=sum(p.numel() for p in model.parameters()),
        data=f"CIFAR-10, the first {len(images) - HELD_OUT} training photographs",
        recipe=asdict(recipe),
        recipe_name="shortened, for a CPU" if arguments.short else "full",
        augmentation="shifts and mirroring"
        + ("" if arguments.short else ", jittered colours, a covered square"),
        seed=recipe.seed,
        metrics=metrics,
        chance=1 / len(CLASSES),
        evaluation=f"validation: the last {HELD_OUT} training photographs; test: "
        "the 10,000 test photographs, measured once, after the last update",
        curve={int(step): point for step, point in curve.points.items()},
        last_losses=[round(loss, 4) for loss in losses[-5:]],
        minutes=None if resumed else round(minutes, 1),
        trained_on=device_name(),
        licence="CC BY 4.0; CIFAR-10 itself states no licence and is not part of this",
        command=f"python checkpoints/{HERE.name}/train.py"
        + (" --short" if arguments.short else ""),
    )
    curve.file.unlink(missing_ok=True)
    print(metrics)


if __name__ == "__main__":
    main()
