"""Train the course weights of chapter 2: a ViT that names the object of a scene.

    python checkpoints/vit-emoji-scenes/train.py [--steps N] [--out FOLDER]
    accelerate launch checkpoints/vit-emoji-scenes/train.py        # on many GPUs

An interrupted training goes on where it stopped when it is started again.
"""

import argparse
import time
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import PartialState
from torch import Tensor

from multimodal.checkpoints import device_name, write_card
from multimodal.emoji_scenes import NOUNS, EmojiScenes
from multimodal.training import Recipe, accuracy, train_classifier
from multimodal.vit import ViT, ViTConfig

HERE = Path(__file__).parent
CONFIG = ViTConfig(
    image_size=64, patch_size=8, width=128, layers=4, heads=4, classes=len(NOUNS)
)
SCENES = 100_000


def scenes(split: str, size: int) -> tuple[Tensor, Tensor]:
    """Render the single-object scenes of a split as bytes, with their labels."""
    images, labels = EmojiScenes(split, size, kinds=("single",)).tensors()
    return torch.from_numpy(images), torch.from_numpy(labels)


def main() -> None:
    """Train, measure, and write the weights with their card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the result")
    arguments = parser.parse_args()
    recipe = Recipe(arguments.steps, batch_size=128, learning_rate=1.5e-3, warmup=300)

    torch.manual_seed(recipe.seed)
    model = ViT(CONFIG)
    model.config.labels = NOUNS
    resumed = (arguments.out / "interrupted" / "training.pt").exists()
    start = time.monotonic()
    train_classifier(model, *scenes("train", SCENES), recipe, folder=arguments.out)
    minutes = (time.monotonic() - start) / 60
    if not PartialState().is_main_process:
        return
    metrics = {
        f"{split} accuracy": round(accuracy(model, *scenes(split, 2000)), 4)
        for split in ("validation", "S0", "S1")
    }
    model.cpu().save(arguments.out)
    write_card(
        arguments.out,
        model="ViT, from scratch: names the one object of a scene",
        parameters=sum(p.numel() for p in model.parameters()),
        data=f"EmojiScenes, {SCENES} single-object scenes of the train split, seed 0",
        recipe=asdict(recipe),
        seed=recipe.seed,
        metrics=metrics,
        chance=round(1 / len(NOUNS), 4),
        evaluation="2,000 single-object scenes of each split, seed 0",
        minutes=None if resumed else round(minutes, 1),
        trained_on=device_name(),
        licence="CC BY-SA 4.0, with credit to Twemoji and OpenMoji",
        command=f"python checkpoints/{HERE.name}/train.py --steps {recipe.steps}",
    )
    print(metrics)


if __name__ == "__main__":
    main()
