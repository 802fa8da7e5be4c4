"""Measure what stage 1, its Q-Former and the image itself do for stage 2.

    python checkpoints/blip2-emoji-scenes/ablations.py [--seeds N] [--out FILE]

Each variant trains a bridge from scenes to the course's own language model on the same
texts, from several seeds (new weights where they are new, other batches). The result is
`ablations.json`; a run that is in it already is not made again, so that an interrupted
call goes on with the next one.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn

from multimodal.blip2 import Bridge, BridgeConfig
from multimodal.blip2_stage1 import Blip2Stage1
from multimodal.blip2_training import AnswerBatches, answers_loss, train_bridge
from multimodal.checkpoints import course_weights, device_name, record_runs
from multimodal.clip import CLIP
from multimodal.frozen_language_model import FrozenLanguageModel, embedding_norm
from multimodal.language_model import LanguageModel
from multimodal.linear_projector import LinearProjector, LinearProjectorConfig
from multimodal.prompts import SHORT_ANSWER
from multimodal.scene_answers import measure_answers, measure_captions, scene_examples
from multimodal.scene_features import frozen_image_tower, scene_features
from multimodal.small_world import small_world
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe

HERE = Path(__file__).parent
SCENES, STEPS, BATCH, EACH, LEARNING_RATE = 4_000, 400, 32, 3, 1e-3
POOL, PER_SCENE = 150, 9  # scenes that are measured; all of their texts


def bridge_of_stage1(width: int, norm: float) -> Bridge:
    """Go on from the Q-Former of the first stage, as the chapter does."""
    stage1 = Blip2Stage1.load(course_weights("blip2-stage1-emoji-scenes"))
    return Bridge.from_stage1(stage1, width, norm)


def new_bridge(width: int, norm: float) -> Bridge:
    """Make the same bridge with new weights."""
    config = bridge_of_stage1(width, norm).config
    return Bridge(BridgeConfig(config.qformer, width, norm))


def only_projection(width: int, norm: float) -> Bridge:
    """Leave the Q-Former as the first stage made it: the projection alone learns."""
    bridge = bridge_of_stage1(width, norm)
    bridge.qformer.requires_grad_(False)
    return bridge


def projector(hidden_width: int) -> Callable[[int, float], LinearProjector]:
    """Turn each image token into a soft prompt, by one layer or by two."""

    def make(width: int, norm: float) -> LinearProjector:
        config = LinearProjectorConfig(128, width, hidden_width, norm)
        return LinearProjector(config)

    return make


class WithoutImage(nn.Module):
    """Give the bridge zeros: what can be learned about the texts alone."""

    def __init__(self, width: int, norm: float):
        super().__init__()
        self.bridge = bridge_of_stage1(width, norm)

    def forward(self, features: Tensor) -> Tensor:
        """Return soft prompts that are the same for every image."""
        return self.bridge(torch.zeros_like(features))


VARIANTS = {
    "as in the chapter": bridge_of_stage1,
    "without stage 1": new_bridge,
    "only the projection learns": only_projection,
    "linear projector": projector(0),
    "projector of two layers": projector(512),
    "no image": WithoutImage,
}


def recipe_of(seed: int) -> Recipe:
    """Give the recipe, the same for all variants."""
    return Recipe(STEPS, BATCH, LEARNING_RATE, warmup=STEPS // 10, seed=seed)


class Data:
    """What all runs share: language model, encoded scenes, and their texts."""

    def __init__(self):
        folder = course_weights("language-model-emoji-scenes")
        self.tokenizer = Tokenizer.load(folder)
        self.language = FrozenLanguageModel(LanguageModel.load(folder))
        clip = CLIP.load(course_weights("clip-emoji-scenes"))
        tower = frozen_image_tower(clip)
        self.scenes = {
            split: small_world(split, size)
            for split, size in (("train", SCENES), ("S0", POOL))
        }
        self.features, self.examples = {}, {}
        for split, scenes in self.scenes.items():
            self.features[split] = scene_features(tower, scenes)
            self.examples[split] = [
                scene_examples(scene, self.tokenizer, SHORT_ANSWER) for scene in scenes
            ]

    def batches(self, split: str, recipe: Recipe, each: int) -> AnswerBatches:
        """Give batches of a split."""
        ends = (self.tokenizer.end_id, self.tokenizer.end_id)
        features, examples = self.features[split], self.examples[split]
        return AnswerBatches(features, examples, *ends, recipe, each)


def run(make: Callable, seed: int, data: Data) -> dict[str, float]:
    """Train one variant from one seed, and measure it."""
    recipe, start, language = recipe_of(seed), time.monotonic(), data.language
    torch.manual_seed(seed)
    bridge = make(language.width, embedding_norm(language))
    trained = sum(p.numel() for p in bridge.parameters() if p.requires_grad)
    train_bridge(bridge, language, data.batches("train", recipe, EACH), recipe)
    seconds, tokenizer = time.monotonic() - start, data.tokenizer
    every = data.batches("S0", Recipe(1, batch_size=POOL), PER_SCENE)
    parts = (bridge, language, tokenizer, SHORT_ANSWER, data.features["S0"])
    parts += (data.scenes["S0"],)
    with torch.inference_mode():
        soft_prompts = bridge(data.features["S0"][:1]).shape[1]
    result = {"loss": answers_loss(bridge, language, every)}
    answers = measure_answers(*parts)
    for name in ("image", "other image"):
        result |= {f"{name}: {kind}": share for kind, share in answers[name].items()}
    result |= {f"F1 {kind}": score for kind, score in measure_captions(*parts).items()}
    rounded = {name: round(value, 4) for name, value in result.items()}
    counts = {"trained": trained, "soft prompts": soft_prompts}
    return {"seed": seed, **counts, **rounded, "seconds": round(seconds)}


def main() -> None:
    """Train and measure each variant from each seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE / "ablations.json")
    arguments = parser.parse_args()
    header = {
        "data": f"EmojiScenes, {SCENES} groups and pairs of train that hold only 21 "
        f"nouns, seed 0, encoded by the image tower of clip-emoji-scenes; {EACH} of "
        "their nine captions and questions in each visit",
        "recipe": asdict(recipe_of(0)),
        "evaluation": f"the first {POOL} such scenes of S0, seed 0: loss per token of "
        "all captions and answers, shares of right answers with the image and that "
        "of another scene, F1 of the facts in captions, greedy",
        "command": f"python checkpoints/{HERE.name}/ablations.py",
        "trained_on": device_name(),
    }
    data = Data()
    facts = {name: {} for name in VARIANTS}

    def make(name: str, seed: int) -> dict:
        return run(VARIANTS[name], seed, data)

    record_runs(arguments.out, header, facts, arguments.seeds, make)


if __name__ == "__main__":
    main()
