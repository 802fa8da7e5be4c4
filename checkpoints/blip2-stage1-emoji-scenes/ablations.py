"""Measure what each task, hard negatives and the number of queries do for stage 1.

    python checkpoints/blip2-stage1-emoji-scenes/ablations.py [--seeds N] [--out FILE]

Each variant trains the Q-Former of chapter 5's page on the same encoded scenes of a
small world from several seeds (new weights, another order of the scenes, other captions
of the five). The result is
`ablations.json`; a run that is in it already is not made again, so that an interrupted
call goes on with the next one.
"""

import argparse
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from multimodal.blip2_ablations import (
    Stage1Switches,
    matching_table,
    measure_recall,
    switched_stage1_loss,
)
from multimodal.blip2_stage1 import Blip2Stage1, Stage1Config
from multimodal.caption_batches import CaptionBatches
from multimodal.checkpoints import course_weights, device_name, record_runs
from multimodal.clip import CLIP, ImageTower
from multimodal.qformer import QFormerConfig, real_tokens
from multimodal.retrieval import retrieval_numbers
from multimodal.scene_features import frozen_image_tower, scene_features
from multimodal.scene_metrics import scene_f1
from multimodal.scene_pairs import same_caption
from multimodal.small_world import enlarge_weights, small_world
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe, train

HERE = Path(__file__).parent
SCENES, STEPS, BATCH, LEARNING_RATE = 4_000, 900, 16, 1e-3
POOL, LOOKED_AT, ALL_ASKED, WRITTEN = 300, 16, 50, 300
WIDTH, LAYERS, HEADS = 128, 4, 4


@dataclass(frozen=True)
class Variant:
    """One way to train.

    Args:
        switches: what counts in the loss.
        queries: how many there are.
        enlarged: whether the first weights are made for the Q-Former's width, or left
            as BERT's are drawn.
    """

    switches: Stage1Switches = field(default_factory=Stage1Switches)
    queries: int = 8
    enlarged: bool = True


VARIANTS = {
    "as in the chapter": Variant(),
    "without ITC": Variant(Stage1Switches(itc=False)),
    "without ITM": Variant(Stage1Switches(itm=False)),
    "without ITG": Variant(Stage1Switches(itg=False)),
    "random wrong pairs": Variant(Stage1Switches(hard=False)),
    "1 query": Variant(queries=1),
    "4 queries": Variant(queries=4),
    "16 queries": Variant(queries=16),
    "first weights as BERT's": Variant(enlarged=False),
}


def recipe_of(seed: int) -> Recipe:
    """Give the recipe, the same for all variants."""
    return Recipe(STEPS, BATCH, LEARNING_RATE, warmup=STEPS // 9, seed=seed)


def new_model(tokenizer: Tokenizer, image_width: int, variant: Variant) -> Blip2Stage1:
    """Make a Q-Former with its heads, with new weights."""
    sizes = (variant.queries, WIDTH, LAYERS, HEADS, image_width)
    words = (len(tokenizer) + 1, tokenizer.context_length)  # 1 for [DEC]
    model = Blip2Stage1(
        Stage1Config(QFormerConfig(*sizes, *words), embedding_width=128)
    )
    if variant.enlarged:
        enlarge_weights(model, WIDTH)
    return model


class EncodedScenes:
    """Scenes of a small world as a frozen tower sees them, with all their captions."""

    def __init__(self, tower: ImageTower, split: str, size: int):
        scenes = small_world(split, size)
        self.features: Tensor = scene_features(tower, scenes)
        self.captions = [scene.captions for scene in scenes]
        self.graphs = [scene.graph for scene in scenes]


def measure(
    model: Blip2Stage1, scenes: EncodedScenes, tokenizer: Tokenizer
) -> dict[str, float]:
    """Measure retrieval in both ways, and the facts of captions that it writes."""
    first, end = [texts[0] for texts in scenes.captions], tokenizer.end_id
    features, ids, own = scenes.features, tokenizer(first), same_caption(first)
    pool, few = slice(POOL), slice(ALL_ASKED)
    inputs = features[pool], ids[pool], own[pool, pool]
    result = measure_recall(model, *inputs, end, LOOKED_AT)
    table = matching_table(model, features[few], ids[few], end)
    asked = retrieval_numbers({"i2t": table, "t2i": table.T}, own[few, few])
    result["all asked R@1"] = (asked["i2t R@1"] + asked["t2i R@1"]) / 2
    seen = features[:WRITTEN].to(model.temperature.device).float()
    longest = tokenizer.context_length
    texts = [
        tokenizer.decode(row)
        for part in seen.split(100)
        for row in model.write(part, end, longest)[:, 1:]
    ]
    scores = scene_f1(texts, scenes.graphs[:WRITTEN])
    return result | {f"F1 {kind}": score.f1 for kind, score in scores.items()}


def run(
    variant: Variant,
    seed: int,
    tokenizer: Tokenizer,
    seen: EncodedScenes,
    unseen: EncodedScenes,
) -> dict[str, float]:
    """Train one variant from one seed, and measure it."""
    recipe, start = recipe_of(seed), time.monotonic()
    batches = CaptionBatches(seen.features, seen.captions, tokenizer, recipe)
    torch.manual_seed(seed)
    model = new_model(tokenizer, seen.features.shape[-1], variant)

    def batch_loss(model: nn.Module, step: int) -> Tensor:
        device = model.temperature.device
        features, ids = (part.to(device) for part in batches(step))
        batch = features.float(), ids, real_tokens(ids, tokenizer.end_id)
        return switched_stage1_loss(model, *batch, variant.switches)

    train(model, batch_loss, recipe)
    seconds = time.monotonic() - start
    result = measure(model, unseen, tokenizer)
    rounded = {name: round(value, 4) for name, value in result.items()}
    return {"seed": seed, **rounded, "seconds": round(seconds)}


def main() -> None:
    """Train and measure each variant from each seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE / "ablations.json")
    arguments = parser.parse_args()
    header = {
        "data": f"EmojiScenes, {SCENES} groups and pairs of train with every seventh "
        "noun only, seed 0, encoded by the image tower of clip-emoji-scenes, with five "
        "captions each",
        "recipe": asdict(recipe_of(0)),
        "evaluation": f"{POOL} such scenes of S0, with their first captions: R@1, "
        "the mean of both directions, equal captions count as right answers; ITM among "
        f"the {LOOKED_AT} best by ITC, and of all pairs of the first {ALL_ASKED}; F1 "
        f"of the facts in captions written for the first {WRITTEN}",
        "command": f"python checkpoints/{HERE.name}/ablations.py",
        "trained_on": device_name(),
    }
    folder = course_weights("clip-emoji-scenes")
    tower = frozen_image_tower(CLIP.load(folder))
    tokenizer = Tokenizer.load(folder)
    seen = EncodedScenes(tower, "train", SCENES)
    unseen = EncodedScenes(tower, "S0", max(POOL, ALL_ASKED, WRITTEN))
    facts = {name: asdict(variant) for name, variant in VARIANTS.items()}

    def make(name: str, seed: int) -> dict:
        return run(VARIANTS[name], seed, tokenizer, seen, unseen)

    record_runs(arguments.out, header, facts, arguments.seeds, make)


if __name__ == "__main__":
    main()
