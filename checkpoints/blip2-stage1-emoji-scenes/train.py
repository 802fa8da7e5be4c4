"""Train a Q-Former on scenes: BLIP-2's first stage, chapter 5.

    python checkpoints/blip2-stage1-emoji-scenes/train.py [--steps N] [--out FOLDER]
    accelerate launch checkpoints/blip2-stage1-emoji-scenes/train.py   # on many GPUs

The frozen image tower is that of `clip-emoji-scenes`. An interrupted training goes on
where it stopped when it is started again.
"""

import argparse
import time
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import PartialState
from torch import Tensor

from multimodal.blip2_stage1 import Blip2Stage1, Stage1Config
from multimodal.blip2_training import measure_stage1, train_stage1
from multimodal.caption_batches import CaptionBatches
from multimodal.checkpoints import course_weights, device_name, write_card
from multimodal.clip import CLIP, ImageTower
from multimodal.emoji_scenes import EmojiScenes
from multimodal.qformer import QFormerConfig
from multimodal.scene_features import frozen_image_tower, scene_features
from multimodal.scene_pairs import same_caption
from multimodal.small_world import enlarge_weights
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe, report_means

HERE = Path(__file__).parent
STEPS, BATCH_SIZE, SCENES = 3000, 64, 30_000
QUERIES, WIDTH, LAYERS, HEADS = 8, 128, 4, 4
POOL = 1000
LOOKED_AT = 16  # answers that ITM looks at once more


def new_model(tokenizer: Tokenizer, image_width: int, queries: int) -> Blip2Stage1:
    """Make the Q-Former with its heads, with new weights."""
    sizes = (queries, WIDTH, LAYERS, HEADS, image_width)
    words = (len(tokenizer) + 1, tokenizer.context_length)  # 1 for [DEC]
    qformer = QFormerConfig(*sizes, *words)
    model = Blip2Stage1(Stage1Config(qformer, embedding_width=128))
    enlarge_weights(model, WIDTH)
    return model


def measure(
    model: Blip2Stage1, tower: ImageTower, tokenizer: Tokenizer, split: str
) -> dict[str, dict[str, float]]:
    """Measure retrieval among the first scenes of a split, by their first captions."""
    scenes = EmojiScenes(split, POOL)
    captions = [scene.captions[0] for scene in scenes]
    inputs = scene_features(tower, scenes), tokenizer(captions), same_caption(captions)
    measured = measure_stage1(model, *inputs, tokenizer.end_id, LOOKED_AT)
    return {
        way: {name: round(value, 4) for name, value in numbers.items()}
        for way, numbers in measured.items()
    }


def stage1_data(
    tower: ImageTower, tokenizer: Tokenizer, recipe: Recipe, number: int
) -> CaptionBatches:
    """Make batches of encoded scenes of training, each with one of five captions."""
    scenes = EmojiScenes("train", number)
    features: Tensor = scene_features(tower, scenes)
    captions = [scene.captions for scene in scenes]
    return CaptionBatches(features, captions, tokenizer, recipe)


def main() -> None:
    """Train, measure, and write the weights with their card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--scenes", type=int, default=SCENES)
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the result")
    arguments = parser.parse_args()
    recipe = Recipe(arguments.steps, BATCH_SIZE, 1e-3, warmup=100)
    state, folder = PartialState(), course_weights("clip-emoji-scenes")
    tower = frozen_image_tower(CLIP.load(folder)).to(state.device)
    tokenizer = Tokenizer.load(folder)
    batches = stage1_data(tower, tokenizer, recipe, arguments.scenes)
    torch.manual_seed(recipe.seed)
    model = new_model(tokenizer, tower.config.width, QUERIES)
    resumed = (arguments.out / "interrupted" / "training.pt").exists()
    start = time.monotonic()

    options = {
        "on_step": report_means(100, ("ITC", "ITM", "ITG")),
        "folder": arguments.out,
    }
    train_stage1(model, batches, tokenizer.end_id, recipe, **options)
    minutes = (time.monotonic() - start) / 60
    if not state.is_main_process:
        return
    metrics = {
        split: measure(model, tower, tokenizer, split)
        for split in ("validation", "S0", "S1", "S2", "S3")
    }
    model.cpu().save(arguments.out)
    tokenizer.save(arguments.out)
    write_card(
        arguments.out,
        model="Q-Former with the heads of BLIP-2's first stage, for the image tower of "
        "clip-emoji-scenes",
        parameters=sum(p.numel() for p in model.parameters()),
        data=f"EmojiScenes, {arguments.scenes} groups and pairs of the train split, "
        "seed 0, five captions each",
        recipe=asdict(recipe),
        seed=recipe.seed,
        metrics=metrics,
        pool=POOL,
        looked_at=LOOKED_AT,
        evaluation=f"first captions of the first {POOL} scenes (groups and pairs) of "
        "each split, seed 0; equal captions count as right answers; by ITC, and by ITM "
        f"among the {LOOKED_AT} best of these",
        minutes=None if resumed else round(minutes, 1),
        trained_on=device_name(),
        licence="CC BY-SA 4.0, with credit to Twemoji and OpenMoji",
        command=f"python checkpoints/{HERE.name}/train.py --steps {recipe.steps}",
    )
    print(metrics)


if __name__ == "__main__":
    main()
