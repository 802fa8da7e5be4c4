"""Train the course weights of chapter 4: a CLIP for scenes and their captions.

    python checkpoints/clip-emoji-scenes/train.py [--steps N] [--out FOLDER]
    accelerate launch checkpoints/clip-emoji-scenes/train.py        # on many GPUs

There are two lessons. The first is about all kinds of scenes; the second has more
pairs, and more twins of theirs, which differ in the order of the nouns only. The scenes
are made while it trains. An interrupted training goes on where it stopped when it is
started again.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import PartialState
from torch import Tensor, nn
from torch.utils.data import Dataset

from multimodal.checkpoints import device_name, write_card
from multimodal.clip import CLIP, CLIPConfig, ImageTowerConfig, TextTowerConfig
from multimodal.contrastive import contrastive_loss
from multimodal.emoji_scenes import KINDS, EmojiScenes
from multimodal.scene_pairs import BatchStream, ScenePairBatches, evaluate_split
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe, to_float, train

HERE = Path(__file__).parent
LESSONS = (  # which scenes to mix, and how many of a batch are twins of others in it
    {"kinds": KINDS, "twins": 0.25},
    {"kinds": ("group", "pair", "pair"), "twins": 0.4},
)
MERGES = 600
POOL = 1000


def learn_tokenizer(scenes: int = 5000) -> Tokenizer:
    """Learn the tokens from all captions of some scenes of the train split."""
    captions = [
        text for scene in EmojiScenes("train", scenes) for text in scene.captions
    ]
    return Tokenizer.learn(captions, MERGES, context_length=32)


def new_model(
    tokenizer: Tokenizer, patch_size: int = 8, pooling: str = "quarters"
) -> CLIP:
    """Make the towers, both of width 128, with new weights."""
    image = ImageTowerConfig(
        64, patch_size, width=128, layers=4, heads=4, pooling=pooling
    )
    text = TextTowerConfig(
        len(tokenizer), tokenizer.context_length, width=128, layers=2, heads=4
    )
    return CLIP(CLIPConfig(image, text, embedding_width=128))


class Lessons(Dataset):
    """Batches of several kinds, one after the other, each for as many steps.

    Args:
        lessons: give the batch of a step.
        steps: of the whole training.
    """

    def __init__(self, lessons: Sequence[ScenePairBatches], steps: int):
        self.lessons, self.steps = lessons, steps

    def __getitem__(self, step: int) -> tuple[Tensor, Tensor]:
        """Give the batch of a step, as the lesson of that step makes it."""
        return self.lessons[step * len(self.lessons) // self.steps][step]


def train_clip(
    model: CLIP, batches: Dataset, recipe: Recipe, workers: int = 0, **options
) -> list[float]:
    """Train a CLIP on a stream of pairs and return the loss of each step."""
    stream, device = BatchStream(batches, recipe.steps, workers), PartialState().device

    def batch_loss(model: nn.Module, step: int) -> Tensor:
        images, ids = stream(step)
        return contrastive_loss(*model(to_float(images.to(device)), ids.to(device)))

    after_update = model.clamp_logit_scale
    return train(model, batch_loss, recipe, after_update=after_update, **options)


def main() -> None:
    """Train, measure, and write the weights with their card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=6500)
    parser.add_argument(
        "--workers", type=int, default=0, help="make scenes in parallel"
    )
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the result")
    arguments = parser.parse_args()
    recipe = Recipe(arguments.steps, batch_size=128, learning_rate=1.5e-3, warmup=300)

    tokenizer = learn_tokenizer()
    torch.manual_seed(recipe.seed)
    model, state = new_model(tokenizer), PartialState()
    share = {"rank": state.process_index, "processes": state.num_processes}
    lessons = [
        ScenePairBatches(tokenizer, recipe.batch_size, **lesson, **share)
        for lesson in LESSONS
    ]
    batches = Lessons(lessons, recipe.steps)
    resumed = (arguments.out / "interrupted" / "training.pt").exists()
    start = time.monotonic()
    train_clip(model, batches, recipe, arguments.workers, folder=arguments.out)
    minutes = (time.monotonic() - start) / 60
    if not state.is_main_process:
        return
    metrics = {
        split: {name: round(value, 4) for name, value in measured.items()}
        for split in ("validation", "S0", "S1", "S2", "S3")
        for measured in [evaluate_split(model, tokenizer, split, POOL)]
    }
    model.cpu().save(arguments.out)
    tokenizer.save(arguments.out)
    write_card(
        arguments.out,
        model="CLIP, from scratch: scenes and captions in one space",
        parameters=sum(p.numel() for p in model.parameters()),
        data=f"EmojiScenes, {recipe.steps * recipe.batch_size} scenes of the train "
        f"split, seed 0: in the first half all kinds, up to a quarter of a batch "
        f"swapped forms of others; in the second half groups and pairs, up to 40%",
        recipe=asdict(recipe),
        seed=recipe.seed,
        metrics=metrics,
        pool=POOL,
        evaluation=f"first captions of the first {POOL} scenes (groups and pairs) of "
        "each split, seed 0; equal captions count as right answers",
        minutes=None if resumed else round(minutes, 1),
        trained_on=device_name(),
        licence="CC BY-SA 4.0, with credit to Twemoji and OpenMoji",
        command=f"python checkpoints/{HERE.name}/train.py --steps {recipe.steps}",
    )
    print(metrics)


if __name__ == "__main__":
    main()
