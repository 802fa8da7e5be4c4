"""Measure what it takes for CLIP to learn the order of words: pooling, or twins?

    python checkpoints/clip-emoji-scenes/order.py [--steps N] [--out FILE]

Four small models, with patches of 16 pixels: the image tower is read at its class token
or by quarters, and the second lesson is that of the course weights or the first one
again. The result is `order.json`; a variant that is in it already is not trained again,
so that an interrupted run goes on with the next one.
"""

import argparse
import importlib.util
import json
from dataclasses import asdict
from pathlib import Path

import torch

from multimodal.checkpoints import device_name
from multimodal.scene_pairs import ScenePairBatches, evaluate_split
from multimodal.training import Recipe

HERE = Path(__file__).parent
POOL = 1000
VARIANTS = {
    "class token, one lesson": {"pooling": "cls", "lessons": (0, 0)},
    "class token, two lessons": {"pooling": "cls", "lessons": (0, 1)},
    "quarters, one lesson": {"pooling": "quarters", "lessons": (0, 0)},
    "quarters, two lessons": {"pooling": "quarters", "lessons": (0, 1)},
}


def recipe_file():
    """Import the recipe of the course weights, which stands beside this file."""
    spec = importlib.util.spec_from_file_location("train", HERE / "train.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measure(pooling: str, lessons: tuple[int, ...], recipe: Recipe) -> dict[str, float]:
    """Train one model and measure it on S0."""
    course = recipe_file()
    tokenizer = course.learn_tokenizer()
    torch.manual_seed(recipe.seed)
    model = course.new_model(tokenizer, patch_size=16, pooling=pooling)
    batches = [
        ScenePairBatches(tokenizer, recipe.batch_size, **course.LESSONS[number])
        for number in lessons
    ]
    course.train_clip(model, course.Lessons(batches, recipe.steps), recipe)
    measured = evaluate_split(model, tokenizer, "S0", POOL)
    return {name: round(value, 4) for name, value in measured.items()}


def main() -> None:
    """Train and measure each variant."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=1600)
    parser.add_argument("--out", type=Path, default=HERE / "order.json")
    arguments = parser.parse_args()
    recipe = Recipe(arguments.steps, batch_size=128, learning_rate=2e-3, warmup=100)
    result = {
        "data": "EmojiScenes, train, seed 0, by the lessons of train.py",
        "recipe": asdict(recipe),
        "evaluation": f"first captions of the first {POOL} scenes of S0, seed 0",
        "command": f"python checkpoints/{HERE.name}/order.py",
        "variants": {},
    }
    if arguments.out.exists():
        begun = json.loads(arguments.out.read_text(encoding="utf-8"))
        if begun["recipe"] == result["recipe"]:
            result["variants"] = begun["variants"]
    for name, options in VARIANTS.items():
        if name in result["variants"]:
            continue
        measured = measure(recipe=recipe, **options)
        result["variants"][name] = measured | {"trained_on": device_name()}
        text = json.dumps(result, indent=2) + "\n"
        arguments.out.write_text(text, encoding="utf-8")
        print(name, result["variants"][name], flush=True)


if __name__ == "__main__":
    main()
