"""Train the judge of chapter 4: a second model that compares scenes and captions.

    python checkpoints/judge-emoji-scenes/train.py [--steps N] [--out FOLDER]

It shares neither scenes nor architecture nor weights with `clip-emoji-scenes`. An
interrupted training goes on where it stopped when it is started again.
"""

import argparse
import time
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import PartialState
from torch import Tensor, nn

from multimodal.checkpoints import device_name, write_card
from multimodal.contrastive import contrastive_loss
from multimodal.emoji_scenes import KINDS, EmojiScenes
from multimodal.judge import Judge, JudgeConfig
from multimodal.scene_pairs import BatchStream, ScenePairBatches, evaluate_split
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe, to_float, train

HERE = Path(__file__).parent
SEED = 7  # of the scenes and of the weights; that of clip-emoji-scenes is 0
TWINS = 0.25
POOL = 1000


def learn_tokenizer(scenes: int = 5000) -> Tokenizer:
    """Learn the tokens from the captions of the judge's own scenes."""
    seen = EmojiScenes("train", scenes, SEED)
    captions = [text for scene in seen for text in scene.captions]
    return Tokenizer.learn(captions, 400, context_length=32)


def train_judge(
    model: Judge, batches: ScenePairBatches, recipe: Recipe, **options
) -> list[float]:
    """Train a judge on a stream of pairs and return the loss of each step."""
    stream, device = BatchStream(batches, recipe.steps), PartialState().device

    def batch_loss(model: nn.Module, step: int) -> Tensor:
        images, ids = stream(step)
        return contrastive_loss(*model(to_float(images.to(device)), ids.to(device)))

    after_update = model.clamp_logit_scale
    return train(model, batch_loss, recipe, after_update=after_update, **options)


def main() -> None:
    """Train, measure, and write the weights with their card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the result")
    arguments = parser.parse_args()
    recipe = Recipe(
        arguments.steps, batch_size=128, learning_rate=2e-3, warmup=100, seed=SEED
    )

    tokenizer, state = learn_tokenizer(), PartialState()
    torch.manual_seed(recipe.seed)
    model = Judge(JudgeConfig(len(tokenizer)))
    batches = ScenePairBatches(
        tokenizer,
        recipe.batch_size,
        TWINS,
        seed=SEED,
        kinds=KINDS,
        rank=state.process_index,
        processes=state.num_processes,
    )
    resumed = (arguments.out / "interrupted" / "training.pt").exists()
    start = time.monotonic()
    train_judge(model, batches, recipe, folder=arguments.out)
    minutes = (time.monotonic() - start) / 60
    if not state.is_main_process:
        return
    model = model.cpu()
    metrics = {
        split: {name: round(value, 4) for name, value in measured.items()}
        for split in ("validation", "S0", "S1", "S2", "S3")
        for measured in [evaluate_split(model, tokenizer, split, POOL)]
    }
    model.save(arguments.out)
    tokenizer.save(arguments.out)
    write_card(
        arguments.out,
        model="Judge, from scratch: convolutions and a recurrent network in one space",
        parameters=sum(p.numel() for p in model.parameters()),
        data=f"EmojiScenes, {recipe.steps * recipe.batch_size} scenes of the train "
        f"split, seed {SEED}, all kinds, a quarter of them swapped forms of others",
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
