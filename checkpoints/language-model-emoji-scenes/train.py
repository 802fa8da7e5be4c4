"""Train the course's own language model: it writes about scenes and has seen none.

    python checkpoints/language-model-emoji-scenes/train.py [--steps N] [--out FOLDER]
    accelerate launch checkpoints/language-model-emoji-scenes/train.py  # on many GPUs

It learns from captions, questions and conversations, with and without a description of
the scene before them. There are several lessons, each about other scenes; in each the
learning rate rises and falls anew (Loshchilov and Hutter, "SGDR", 2017). An interrupted
training goes on where it stopped when it is started again.
"""

import argparse
import shutil
import time
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import PartialState
from torch import nn

from multimodal.checkpoints import device_name, write_card
from multimodal.frozen_language_model import FrozenLanguageModel, TextBatch
from multimodal.language_model import LanguageModel, LanguageModelConfig
from multimodal.scene_pairs import BatchStream
from multimodal.scene_texts import (
    SceneTextBatches,
    caption_text,
    complete_texts,
    conversation_text,
    encode_scene_texts,
    learn_scene_tokenizer,
    measured_texts,
    perplexity,
    question_text,
    text_loss,
    unigram_perplexity,
)
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe, train
from multimodal.weights import load_weights, read_weights

HERE = Path(__file__).parent
FORMS = {
    "captions": caption_text,
    "questions": question_text,
    "conversations": conversation_text,
}
POOL = 500


def new_model(tokenizer: Tokenizer, width: int = 128, layers: int = 4) -> LanguageModel:
    """Make a language model with new weights."""
    sizes = {"width": width, "layers": layers, "heads": 4}
    return LanguageModel(
        LanguageModelConfig(len(tokenizer), tokenizer.context_length, **sizes)
    )


def train_language_model(
    model: LanguageModel,
    batches: SceneTextBatches,
    recipe: Recipe,
    workers: int = 0,
    **options,
) -> list[float]:
    """Train on a stream of texts and return the loss of each step, nats per token."""
    stream, device = BatchStream(batches, recipe.steps, workers), PartialState().device

    def batch_loss(model: nn.Module, step: int):
        return text_loss(model, TextBatch(*(part.to(device) for part in stream(step))))

    return train(model, batch_loss, recipe, **options)


def measure(model: LanguageModel, tokenizer: Tokenizer, split: str, pool: int) -> dict:
    """Measure perplexities and answers of a model that sees descriptions, or nothing.

    Returns:
        For each form of text the perplexity without and with one caption of the scene
        before it, and that of token frequencies; for questions the shares of answers
        that are right, and how they are when all depends on the description.
    """
    language, measured = FrozenLanguageModel(model), {}
    for form, write in FORMS.items():
        blind = measured_texts(split, pool, write, captions=0)
        told = measured_texts(split, pool, write, captions=1)
        known = measured_texts("train", 5 * pool, write, captions=0)
        known, new = (encode_scene_texts(tokenizer, part) for part in (known, blind))
        measured[f"{form}: unigram perplexity"] = unigram_perplexity(known, new)
        measured[f"{form}: perplexity"] = perplexity(model, new)
        told_batch = encode_scene_texts(tokenizer, told)
        measured[f"{form}: perplexity, described"] = perplexity(model, told_batch)
        if form == "captions":
            continue
        for name, texts in (("answers", blind), ("answers, described", told)):
            answers = complete_texts(language, tokenizer, texts)
            pairs = zip(answers, texts, strict=True)
            right = sum(answer == text.answer for answer, text in pairs)
            measured[f"{form}: right {name}"] = right / pool
    return {name: round(value, 4) for name, value in measured.items()}


def learn(
    model: LanguageModel,
    tokenizer: Tokenizer,
    lessons: list[Recipe],
    folder: Path,
    workers: int = 0,
) -> None:
    """Train in lessons; those that were finished before an interruption are skipped."""
    state = PartialState()
    share = {"rank": state.process_index, "processes": state.num_processes}
    for number, recipe in enumerate(lessons):
        place = folder / "interrupted" / f"lesson-{number}"
        if (place / "model.safetensors").exists():
            load_weights(model, read_weights(place))
            continue
        batches = SceneTextBatches(
            tokenizer, recipe.batch_size, seed=recipe.seed, **share
        )
        train_language_model(model, batches, recipe, workers, folder=place)
        if state.is_main_process:
            model.save(place)
        state.wait_for_everyone()


def main() -> None:
    """Train, measure, and write the weights with their card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2000, help="of each lesson")
    parser.add_argument("--lessons", type=int, default=2)
    parser.add_argument("--workers", type=int, default=0, help="make texts in parallel")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the result")
    arguments = parser.parse_args()
    sizes = {"batch_size": 32, "learning_rate": 2e-3, "warmup": 100}
    lessons = [
        Recipe(arguments.steps, seed=number, **sizes)
        for number in range(arguments.lessons)
    ]
    tokenizer = learn_scene_tokenizer()
    torch.manual_seed(0)
    model, unfinished = new_model(tokenizer), arguments.out / "interrupted"
    resumed, start = unfinished.exists(), time.monotonic()
    learn(model, tokenizer, lessons, arguments.out, arguments.workers)
    minutes = (time.monotonic() - start) / 60
    if not PartialState().is_main_process:
        return
    metrics = {split: measure(model, tokenizer, split, POOL) for split in ("S0", "S2")}
    model.cpu().save(arguments.out)
    tokenizer.save(arguments.out)
    steps = sum(recipe.steps for recipe in lessons)
    texts = steps * sizes["batch_size"]
    write_card(
        arguments.out,
        model="GPT-2, small and from scratch: writes about scenes, and sees none",
        parameters=sum(p.numel() for p in model.parameters()),
        data=f"EmojiScenes, text alone: {texts} captions, questions and conversations "
        "about as many scenes of the train split, seeds 0 and up, one for each lesson, "
        "with none, one or two captions of the same scene before them",
        recipe=asdict(lessons[0]) | {"steps": steps, "lessons": len(lessons)},
        seed=0,
        metrics=metrics,
        uniform_perplexity=len(tokenizer),
        pool=POOL,
        evaluation=f"texts about the first {POOL} scenes (groups and pairs) of each "
        "split, without and with one caption of the scene before them; the tokens "
        "after START count",
        minutes=None if resumed else round(minutes, 1),
        trained_on=device_name(),
        licence="MIT: it has seen the course's own words, no drawings",
        command=f"python checkpoints/{HERE.name}/train.py --steps {arguments.steps} "
        f"--lessons {arguments.lessons}",
    )
    shutil.rmtree(unfinished)
    print(metrics)


if __name__ == "__main__":
    main()
