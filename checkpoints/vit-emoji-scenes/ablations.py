"""Measure what patch size and positions do for the ViT of chapter 2.

    python checkpoints/vit-emoji-scenes/ablations.py [--steps N] [--out FILE]

Each variant trains with the recipe of the chapter's live model. The result is
`ablations.json`; a variant that is in it already is not trained again, so that an
interrupted run goes on with the next one.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import torch

from multimodal.checkpoints import device_name
from multimodal.emoji_scenes import NOUNS, EmojiScenes
from multimodal.training import Recipe, accuracy, train_classifier
from multimodal.vit import ViT, ViTConfig, patchify, unpatchify

HERE = Path(__file__).parent
SCENES, TEST_SCENES = 40_000, 2_000
VARIANTS = {
    "patches of 32": {"patch_size": 32},
    "patches of 16": {"patch_size": 16},
    "patches of 16, no positions": {"patch_size": 16, "use_positions": False},
    "patches of 8": {"patch_size": 8},
}


def scenes(split: str, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Render the single-object scenes of a split as bytes, with their labels."""
    images, labels = EmojiScenes(split, size, kinds=("single",)).tensors()
    return torch.from_numpy(images), torch.from_numpy(labels)


def shuffle_patches(images: torch.Tensor, patch_size: int) -> torch.Tensor:
    """Put the patches of all images into one new order."""
    patches = patchify(images, patch_size)
    order = torch.randperm(patches.shape[1], generator=torch.Generator().manual_seed(0))
    return unpatchify(patches[:, order], patch_size)


def main() -> None:
    """Train and measure each variant."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=1300)
    parser.add_argument("--out", type=Path, default=HERE / "ablations.json")
    arguments = parser.parse_args()
    recipe = Recipe(arguments.steps, batch_size=128, learning_rate=2e-3, warmup=100)
    result = {
        "data": f"EmojiScenes, {SCENES} single-object scenes of train, seed 0",
        "recipe": asdict(recipe),
        "evaluation": f"{TEST_SCENES} single-object scenes of S0, seed 0",
        "command": f"python checkpoints/{HERE.name}/ablations.py",
        "variants": {},
    }
    if arguments.out.exists():
        begun = json.loads(arguments.out.read_text())
        if begun["recipe"] == result["recipe"]:
            result["variants"] = begun["variants"]
    train, test = scenes("train", SCENES), scenes("S0", TEST_SCENES)
    for name, options in VARIANTS.items():
        if name in result["variants"]:
            continue
        torch.manual_seed(recipe.seed)
        sizes = {"width": 128, "layers": 4, "heads": 4, "classes": len(NOUNS)}
        model = ViT(ViTConfig(image_size=64, **sizes, **options))
        train_classifier(model, *train, recipe)
        shuffled = shuffle_patches(test[0], model.config.patch_size)
        result["variants"][name] = {
            "S0 accuracy": round(accuracy(model, *test), 4),
            "S0 accuracy, patches shuffled": round(
                accuracy(model, shuffled, test[1]), 4
            ),
            "parameters": sum(p.numel() for p in model.parameters()),
            "trained_on": device_name(),
        }
        text = json.dumps(result, indent=2) + "\n"
        arguments.out.write_text(text, encoding="utf-8")
        print(name, result["variants"][name], flush=True)


if __name__ == "__main__":
    main()
