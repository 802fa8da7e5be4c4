"""The course's language model does what its card says, and its recipe resumes."""

import json
import sys
from functools import partial
from pathlib import Path

import pytest
import torch

from multimodal import training
from multimodal.checkpoints import course_weights, read_card
from multimodal.frozen_language_model import FrozenLanguageModel
from multimodal.language_model import LanguageModel
from multimodal.scene_texts import (
    caption_text,
    complete_texts,
    encode_scene_texts,
    learn_scene_tokenizer,
    measured_texts,
    perplexity,
    question_text,
)
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe, UnfinishedTraining

sys.path.insert(0, str(Path(__file__).parent))
from small_recipes import script

NAME = "language-model-emoji-scenes"


@pytest.fixture(scope="module")
def weights():
    folder = course_weights(NAME)
    return LanguageModel.load(folder), Tokenizer.load(folder)


def test_perplexities_are_those_of_the_card(weights):
    """On the very texts of the card; far below those of simpler models."""
    model, tokenizer = weights
    card = read_card(NAME)
    stated = card["metrics"]["S0"]
    assert card["uniform_perplexity"] == len(tokenizer)
    for form, write in (("captions", caption_text), ("questions", question_text)):
        for captions, told in ((0, ""), (1, ", described")):
            texts = measured_texts("S0", card["pool"], write, captions)
            found = perplexity(model, encode_scene_texts(tokenizer, texts))
            assert found == pytest.approx(stated[f"{form}: perplexity{told}"], rel=1e-3)
        unigrams = stated[f"{form}: unigram perplexity"]
        assert 3 * stated[f"{form}: perplexity"] < unigrams < len(tokenizer) / 5


def test_answers_are_as_good_as_the_card_says(weights):
    """They come from the description: without one, the model guesses."""
    model, tokenizer = weights
    card, right = read_card(NAME), {}
    language = FrozenLanguageModel(model)
    for captions, told in ((0, ""), (1, ", described")):
        texts = measured_texts("S0", card["pool"], question_text, captions)
        answers = complete_texts(language, tokenizer, texts)
        pairs = zip(answers, texts, strict=True)
        right[captions] = sum(a == t.answer for a, t in pairs) / card["pool"]
        stated = card["metrics"]["S0"][f"questions: right answers{told}"]
        assert right[captions] == pytest.approx(stated, abs=0.01)
    assert right[1] > right[0] + 0.3


def small_recipe(monkeypatch, *arguments: object) -> None:
    """Run the recipe with batches of four texts and a pool of six scenes."""
    module = script(NAME)
    sizes = {
        "POOL": 6,
        "learn_scene_tokenizer": lambda: learn_scene_tokenizer(30),
        "new_model": partial(module.new_model, width=16, layers=1),
        "Recipe": lambda steps, **options: Recipe(
            steps, **(options | {"batch_size": 4, "warmup": 1})
        ),
    }
    for name, value in sizes.items():
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(sys, "argv", ["train.py", *map(str, arguments)])
    module.main()


class Interrupted(Exception):
    """Somebody pulls the plug."""


@pytest.mark.parametrize("lesson", [0, 1])
def test_an_interrupted_recipe_goes_on_to_the_same_weights(
    lesson, monkeypatch, tmp_path
):
    """Whichever lesson it was in; lessons that were finished aren't repeated."""
    monkeypatch.setattr(
        training, "UnfinishedTraining", partial(UnfinishedTraining, every_seconds=0)
    )
    updates, update = [], training.update

    def counting(*arguments):
        if len(updates) == 3 * lesson + 2 and "broken" in str(folder):
            raise Interrupted
        updates.append(arguments[3])
        return update(*arguments)

    monkeypatch.setattr(training, "update", counting)
    folder = tmp_path / "whole"
    small_recipe(monkeypatch, "--steps", 3, "--out", folder)
    assert updates == [0, 1, 2, 0, 1, 2]
    updates.clear()
    folder = tmp_path / "broken"
    with pytest.raises(Interrupted):
        small_recipe(monkeypatch, "--steps", 3, "--out", folder)
    assert not (folder / "model.safetensors").exists()
    done, folder = len(updates), tmp_path / "again"
    (tmp_path / "broken").rename(folder)
    small_recipe(monkeypatch, "--steps", 3, "--out", folder)
    assert updates[done:] == [0, 1, 2, 0, 1, 2][done:]
    assert not (folder / "interrupted").exists()
    whole, resumed = (LanguageModel.load(tmp_path / n) for n in ("whole", "again"))
    for one, other in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, other)
    cards = [
        json.loads((tmp_path / name / "card.json").read_text())
        for name in ("whole", "again")
    ]
    assert cards[0]["metrics"] == cards[1]["metrics"]
    assert cards[1]["minutes"] is None  # the clock has not seen all of the training
    ids = Tokenizer.load(tmp_path / "whole")(["a dog"])
    assert whole(input_ids=ids).logits.isfinite().all()
