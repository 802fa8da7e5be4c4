"""Measure what parts of CLIP, batches, equal captions and art styles do for it.

    python checkpoints/clip-emoji-scenes/ablations.py [--seeds N] [--out FILE]

Each variant trains the towers of chapter 4's live model on the same scenes, with the
first caption of each, from several seeds (new weights, another order of the scenes).
The result is `ablations.json`; a run that is in it already is not made again, so that
an interrupted call goes on with the next one.
"""

import argparse
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from multimodal.checkpoints import device_name
from multimodal.clip import CLIP, CLIPConfig, ImageTowerConfig, TextTowerConfig
from multimodal.clip_ablations import (
    Switches,
    change_colours,
    draw_lines,
    measure_pool,
    shared_targets,
    switched_loss,
)
from multimodal.emoji_scenes import (
    TRAINING_STYLES,
    EmojiScenes,
    caption_scene,
    with_article,
)
from multimodal.scene_pairs import same_caption, scene_tensors
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe, batch_indices, to_float, train

HERE = Path(__file__).parent
SCENES, NAMED_SCENES, POOL = 12_800, 9_600, 500
BATCH, LEARNING_RATE = 128, 2e-3


@dataclass(frozen=True)
class Variant:
    """One way to train.

    Args:
        switches: what the model does.
        batch_size, updates: by default, each scene is seen once.
        styles: art styles of the training scenes.
        augment: changes a batch of float images at random.
        duplicates: scenes of one thing, captioned by its name only; and how the loss
            treats equal captions: "wrong", "left out" or "shared".
    """

    switches: Switches = field(default_factory=Switches)
    batch_size: int = BATCH
    updates: int | None = None
    styles: tuple[str, ...] = TRAINING_STYLES
    augment: Callable[[Tensor], Tensor] | None = None
    duplicates: str | None = None

    def recipe(self, seed: int) -> Recipe:
        """Give the recipe; the learning rate goes with the root of the batch size."""
        steps = self.updates or SCENES // self.batch_size
        rate = LEARNING_RATE * math.sqrt(self.batch_size / BATCH)
        return Recipe(steps, self.batch_size, rate, warmup=steps // 10, seed=seed)


UPDATES = SCENES // BATCH
NAMES = {"duplicates": "wrong", "batch_size": 32, "updates": 16 * UPDATES}
VARIANTS = {
    "as in the chapter": Variant(),
    "not normalised": Variant(Switches(normalise=False)),
    "scale stays 1": Variant(Switches(scale=1.0)),
    "scale stays 1/0.07": Variant(Switches(scale=1 / 0.07)),
    "one direction": Variant(Switches(both_directions=False)),
    "read at the last position": Variant(Switches(read_last=True)),
    "a quarter of the pairs wrong": Variant(Switches(wrong_pairs=0.25)),
    "batches of 16": Variant(batch_size=16),
    "batches of 64": Variant(batch_size=64),
    "batches of 256": Variant(batch_size=256),
    "batches of 16, as many updates": Variant(batch_size=16, updates=UPDATES),
    "batches of 32, as many updates": Variant(batch_size=32, updates=UPDATES),
    "batches of 64, as many updates": Variant(batch_size=64, updates=UPDATES),
    "equal captions wrong": Variant(duplicates="wrong", updates=2 * UPDATES),
    "equal captions left out": Variant(duplicates="left out", updates=2 * UPDATES),
    "equal captions shared": Variant(duplicates="shared", updates=2 * UPDATES),
    "two styles": Variant(**NAMES),
    "Twemoji only": Variant(styles=("twemoji",), **NAMES),
    "OpenMoji only": Variant(styles=("openmoji",), **NAMES),
    "colours changed": Variant(augment=change_colours, **NAMES),
    "half as line drawings": Variant(augment=draw_lines, **NAMES),
}


class Pairs:
    """Scenes of a split as bytes, with one caption each.

    Args:
        tokenizer: for the captions.
        named: scenes of one thing, captioned by its name only.
        options: as for `EmojiScenes`.
    """

    def __init__(self, tokenizer: Tokenizer, named: bool, *arguments, **options):
        options |= {"kinds": ("single",)} if named else {}
        graphs = [scene.graph for scene in EmojiScenes(*arguments, **options)]
        self.captions = [
            with_article(graph.objects[0].noun) if named else caption_scene(graph)[0]
            for graph in graphs
        ]
        self.images, self.ids = scene_tensors(graphs), tokenizer(self.captions)


def loss_of_named(
    model: nn.Module, images: Tensor, ids: Tensor, captions: list[str], way: str
) -> Tensor:
    """Give the loss of a batch with equal captions, in one of three ways."""
    first, second, scale = model(images, ids)
    logits = scale * first @ second.T
    targets = torch.eye(len(logits))
    if way == "shared":
        targets = shared_targets(captions)
    elif way == "left out":
        others = same_caption(captions) & ~torch.eye(len(logits), dtype=torch.bool)
        logits = logits.masked_fill(others, -torch.inf)
        own = torch.arange(len(logits))
        return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2
    return (F.cross_entropy(logits, targets) + F.cross_entropy(logits.T, targets)) / 2


def new_model(tokenizer: Tokenizer) -> CLIP:
    """Make the towers of the chapter's live model, with new weights."""
    image = ImageTowerConfig(64, 16, width=128, layers=4, heads=4)
    text = TextTowerConfig(len(tokenizer), 32, width=128, layers=2, heads=4)
    return CLIP(CLIPConfig(image, text, embedding_width=128))


def run(
    variant: Variant, seed: int, tokenizer: Tokenizer, train_pairs: Pairs, pools: dict
) -> dict[str, float]:
    """Train one variant from one seed, and measure it."""
    recipe = variant.recipe(seed)
    torch.manual_seed(seed)
    model = new_model(tokenizer)

    def batch_loss(model: nn.Module, step: int) -> Tensor:
        batch = batch_indices(step, len(train_pairs.ids), recipe)
        images, ids = to_float(train_pairs.images[batch]), train_pairs.ids[batch]
        images = variant.augment(images) if variant.augment else images
        if variant.duplicates:
            captions = [train_pairs.captions[number] for number in batch]
            return loss_of_named(model, images, ids, captions, variant.duplicates)
        return switched_loss(model, images, ids, variant.switches)

    after_update = model.clamp_logit_scale
    losses = train(model, batch_loss, recipe, after_update=after_update)
    last = losses[-10:]
    result = {"seed": seed, "loss": sum(last) / len(last)}
    scale = variant.switches.scale or model.logit_scale.exp().item()
    result["scale"] = scale
    for split, pool in pools.items():
        images = to_float(pool.images)
        measured = measure_pool(
            model, images, pool.ids, pool.captions, variant.switches
        )
        result |= {f"{split} {name}": value for name, value in measured.items()}
    return {name: round(value, 4) for name, value in result.items()}


def main() -> None:
    """Train and measure each variant from each seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE / "ablations.json")
    arguments = parser.parse_args()
    result = {
        "data": f"EmojiScenes, {SCENES} groups and pairs of train, seed 0, with their "
        f"first captions; for equal captions, {NAMED_SCENES} scenes of one thing each, "
        "with its name as caption",
        "recipe": asdict(VARIANTS["as in the chapter"].recipe(0)),
        "evaluation": f"{POOL} scenes of S0 and of S1, seed 0; R@1 and R@10, the mean "
        "of both directions; equal captions count as right answers",
        "command": f"python checkpoints/{HERE.name}/ablations.py",
        "trained_on": device_name(),
        "variants": {},
    }
    if arguments.out.exists():
        begun = json.loads(arguments.out.read_text(encoding="utf-8"))
        if begun["recipe"] == result["recipe"]:
            result["variants"] = begun["variants"]
    tokenizer = Tokenizer.load(HERE)
    made: dict[tuple, Pairs] = {}

    def pairs(named: bool, split: str, size: int, styles=None) -> Pairs:
        """Make pairs when they are first asked for."""
        key = (named, split, size, styles)
        if key not in made:
            made[key] = Pairs(tokenizer, named, split, size, styles=styles)
        return made[key]

    for seed in range(arguments.seeds):  # all variants once, then all of them again
        for name, variant in VARIANTS.items():
            recipe = variant.recipe(seed)
            entry = result["variants"].setdefault(
                name,
                {
                    "batch_size": recipe.batch_size,
                    "updates": recipe.steps,
                    "learning_rate": recipe.learning_rate,
                    "runs": [],
                },
            )
            if any(earlier["seed"] == seed for earlier in entry["runs"]):
                continue
            named = variant.duplicates is not None
            seen = pairs(
                named, "train", NAMED_SCENES if named else SCENES, variant.styles
            )
            pools = {split: pairs(named, split, POOL) for split in ("S0", "S1")}
            entry["runs"].append(run(variant, seed, tokenizer, seen, pools))
            text = json.dumps(result, indent=2) + "\n"
            arguments.out.write_text(text, encoding="utf-8")
            print(name, entry["runs"][-1], flush=True)


if __name__ == "__main__":
    main()
