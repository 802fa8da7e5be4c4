"""The recipes of the generator: they resume, and their weights do what cards say."""

import json
import sys
from functools import partial
from pathlib import Path

import pytest
import torch

from multimodal import training
from multimodal.autoencoder import Autoencoder, AutoencoderConfig
from multimodal.checkpoints import CARD_FIELDS, course_weights, read_card
from multimodal.clip import CLIP, CLIPConfig, ImageTowerConfig, TextTowerConfig
from multimodal.dit import DiT, DiTConfig
from multimodal.emoji_scenes import EmojiScenes
from multimodal.generation import judge_images, load_generator, prompts_of
from multimodal.judge import Judge, JudgeConfig
from multimodal.prior import Prior, PriorConfig
from multimodal.retrieval import chance_recall
from multimodal.scene_pairs import embed_texts, evaluate_split, same_caption
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe, UnfinishedTraining

sys.path.insert(0, str(Path(__file__).parent))
from small_recipes import script

RECIPES = {
    "autoencoder-emoji-scenes": Autoencoder,
    "judge-emoji-scenes": Judge,
    "prior-emoji-scenes": Prior,
    "flow-emoji-scenes": DiT,
}


@pytest.fixture(scope="module")
def small_weights(tmp_path_factory) -> Path:
    """A folder of course weights that are small and untrained."""
    root = tmp_path_factory.mktemp("weights")
    captions = [text for scene in EmojiScenes("train", 40) for text in scene.captions]
    tokenizer = Tokenizer.learn(captions, 40, context_length=60)
    torch.manual_seed(0)
    image = ImageTowerConfig(64, 16, width=16, layers=1, heads=2)
    text = TextTowerConfig(len(tokenizer), 60, width=16, layers=1, heads=2)
    models = {
        "clip": CLIP(CLIPConfig(image, text, embedding_width=16)),
        "autoencoder": Autoencoder(AutoencoderConfig(width=4, latent_channels=4)),
        "prior": Prior(PriorConfig(16, width=16, layers=1)),
        "judge": Judge(JudgeConfig(len(tokenizer), width=4, text_width=16)),
    }
    for name, model in models.items():
        model.save(root / f"{name}-emoji-scenes")
        tokenizer.save(root / f"{name}-emoji-scenes")
    return root


def small_recipe(name: str, monkeypatch):
    """Import a recipe and make everything in it small but the number of steps."""
    module = script(name)
    tokenizer = getattr(module, "learn_tokenizer", None)
    sizes = {
        "POOL": 12,
        "PART": 12,
        "SCENES": 24,
        "Recipe": lambda steps, **options: Recipe(
            steps, **(options | {"batch_size": 8, "warmup": 1})
        ),
        "learn_tokenizer": lambda: tokenizer(30),
        "AutoencoderConfig": partial(AutoencoderConfig, width=4),
        "JudgeConfig": partial(JudgeConfig, width=4, text_width=16),
        "PriorConfig": partial(PriorConfig, width=16, layers=1),
        "new_flow": lambda width, channels, side: DiT(
            DiTConfig(side, 4, 16, 1, 2, condition_width=width, channels=channels)
        ),
        "evaluate_split": lambda *arguments: evaluate_split(*arguments[:3], pool=12),
        "diversity": lambda *models: module_diversity(*models, 2, 2),
    }
    module_diversity = getattr(module, "diversity", None)
    for attribute, value in sizes.items():
        if hasattr(module, attribute):
            monkeypatch.setattr(module, attribute, value)

    def run(folder: Path, *arguments: object) -> None:
        words = ["train.py", "--steps", 3, "--out", folder, *arguments]
        if name == "prior-emoji-scenes":
            words += ["--cache", folder.parent / "scenes.pt"]
        monkeypatch.setattr(sys, "argv", [str(word) for word in words])
        module.main()

    return run


class Interrupted(Exception):
    """Somebody pulls the plug."""


@pytest.mark.parametrize("name", RECIPES)
def test_an_interrupted_recipe_goes_on_to_the_same_weights(
    name, small_weights, monkeypatch, tmp_path
):
    monkeypatch.setenv("COURSE_WEIGHTS", str(small_weights))
    monkeypatch.setattr(
        training, "UnfinishedTraining", partial(UnfinishedTraining, every_seconds=0)
    )
    run = small_recipe(name, monkeypatch)
    run(tmp_path / "whole")
    with monkeypatch.context() as patch:
        update = training.update

        def failing(*arguments):
            if arguments[3] == 2:
                raise Interrupted
            return update(*arguments)

        patch.setattr(training, "update", failing)
        with pytest.raises(Interrupted):
            run(tmp_path / "broken")
    assert not (tmp_path / "broken" / "model.safetensors").exists()
    run(tmp_path / "broken")
    whole, again = (
        RECIPES[name].load(tmp_path / part).state_dict() for part in ("whole", "broken")
    )
    assert all(torch.equal(again[key], value) for key, value in whole.items())
    torch.manual_seed(0)
    card = json.loads((tmp_path / "broken" / "card.json").read_text())
    assert set(CARD_FIELDS) <= set(card)
    assert card["minutes"] is None  # the clock has not seen all of the training
    assert card["recipe"]["steps"] == 3


def test_measuring_again_keeps_the_weights_and_the_card(
    small_weights, monkeypatch, tmp_path
):
    monkeypatch.setenv("COURSE_WEIGHTS", str(small_weights))
    run = small_recipe("flow-emoji-scenes", monkeypatch)
    run(tmp_path)
    weights = (tmp_path / "model.safetensors").read_bytes()
    card = json.loads((tmp_path / "card.json").read_text())
    run(tmp_path, "--judge-only")
    assert (tmp_path / "model.safetensors").read_bytes() == weights
    assert json.loads((tmp_path / "card.json").read_text()) == card


def test_the_autoencoder_is_as_good_as_its_card_says():
    card = read_card("autoencoder-emoji-scenes")
    model = Autoencoder.load(course_weights("autoencoder-emoji-scenes"))
    module = script("autoencoder-emoji-scenes")
    module.POOL = 200
    measured = module.measure(model, "S0")
    assert measured["PSNR"] == pytest.approx(card["metrics"]["S0"]["PSNR"], abs=0.5)
    assert measured["PSNR"] > 20


def test_the_judge_is_as_good_as_its_card_says():
    """It has to read order and see places, or its verdicts on pairs mean nothing."""
    folder, card = course_weights("judge-emoji-scenes"), read_card("judge-emoji-scenes")
    judge, reader = Judge.load(folder), Tokenizer.load(folder)
    measured = evaluate_split(judge, reader, "S0", card["pool"])
    for name, value in measured.items():
        assert value == pytest.approx(card["metrics"]["S0"][name], abs=0.02), name
    assert measured["i2t R@5"] > 0.95 and measured["swap accuracy"] > 0.9


def test_generated_images_show_what_was_asked_and_the_prior_helps():
    """As the page claims: far above chance, and above the version without a prior."""
    folder = course_weights("judge-emoji-scenes")
    judge, reader = Judge.load(folder), Tokenizer.load(folder)
    generator = load_generator(course_weights)
    captions, _ = prompts_of("S0", 60)
    chance = chance_recall(same_caption(captions), 5)
    texts = embed_texts(generator.clip, generator.tokenizer, captions)
    with_prior, without = (
        judge_images(judge, reader, images, captions).recall[5]
        for images in (generator(captions), generator.paint(texts))
    )
    assert with_prior > 3 * chance
    assert with_prior > without
    metrics = read_card("flow-emoji-scenes")["metrics"]
    for scale in (2, 4, 8):
        better, worse = (
            metrics[f"{name}, guidance {scale}"]["R@5"]
            for name in ("prior", "no prior")
        )
        assert better > worse > metrics["chance"]["R@5"]
