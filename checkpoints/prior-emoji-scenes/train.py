"""Train the prior of chapter 4: from the embedding of a text to one of an image.

    python checkpoints/prior-emoji-scenes/train.py [--steps N] [--out FOLDER]

The weights `clip-emoji-scenes` and `autoencoder-emoji-scenes` have to be there before.
An interrupted training goes on where it stopped when it is started again.
"""

import argparse
import time
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import PartialState
from torch import Tensor
from torch.nn import functional as F

from multimodal.checkpoints import course_weights, device_name, write_card
from multimodal.clip import CLIP
from multimodal.emoji_scenes import KINDS, EmojiScenes
from multimodal.flow import follow, guided_velocity
from multimodal.generation import cached_scenes, noise_for, train_flow, widen
from multimodal.prior import Prior, PriorConfig
from multimodal.scene_pairs import embed_images, embed_texts, scene_tensors
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe

HERE = Path(__file__).parent
CACHE = HERE.parent / "flow-emoji-scenes" / "interrupted" / "scenes.pt"
SCENES = 20_000
POOL = 1000


@torch.inference_mode()
def measure(prior: Prior, images: Tensor, texts: Tensor) -> dict[str, float]:
    """Compare texts, and what the prior makes of them, with the images' embeddings.

    Args:
        images, texts: unit vectors (pairs, width).
    """
    noise = noise_for(len(texts), texts.shape[1:], seed=0)
    field = guided_velocity(prior, widen(texts), 1.0)
    imagined = F.normalize(follow(field, noise, steps=10), dim=-1)

    def gap(vectors: Tensor) -> float:
        return (vectors.mean(dim=0) - images.mean(dim=0)).norm().item()

    return {
        "gap of texts": round(gap(texts), 4),
        "gap of imagined": round(gap(imagined), 4),
        "cosine of texts": round((texts * images).sum(dim=1).mean().item(), 4),
        "cosine of imagined": round((imagined * images).sum(dim=1).mean().item(), 4),
    }


def main() -> None:
    """Train, measure, and write the weights with their card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the result")
    parser.add_argument("--cache", type=Path, default=CACHE, help="of embedded scenes")
    arguments = parser.parse_args()
    recipe = Recipe(
        arguments.steps, batch_size=256, learning_rate=1e-3, warmup=100, weight_decay=0
    )

    state, clip_folder = PartialState(), course_weights("clip-emoji-scenes")
    with state.main_process_first():
        autoencoder_folder = course_weights("autoencoder-emoji-scenes")
        scenes = cached_scenes(arguments.cache, SCENES, clip_folder, autoencoder_folder)
    torch.manual_seed(recipe.seed)
    prior = Prior(PriorConfig(embedding_width=scenes.texts.shape[1]))
    resumed = (arguments.out / "interrupted" / "training.pt").exists()
    start = time.monotonic()
    train_flow(prior, scenes.images, scenes.texts, recipe, folder=arguments.out)
    minutes = (time.monotonic() - start) / 60
    if not state.is_main_process:
        return
    prior, clip = prior.cpu(), CLIP.load(clip_folder)
    metrics = {}
    for split in ("validation", "S0", "S2", "S3"):
        unseen = EmojiScenes(split, POOL, kinds=KINDS)
        images = embed_images(clip, scene_tensors([scene.graph for scene in unseen]))
        captions = [scene.captions[0] for scene in unseen]
        texts = embed_texts(clip, Tokenizer.load(clip_folder), captions)
        metrics[split] = measure(prior, images, texts)
    prior.save(arguments.out)
    write_card(
        arguments.out,
        model="Prior, from scratch: CLIP embeddings of texts to those of images",
        parameters=sum(p.numel() for p in prior.parameters()),
        data=f"EmojiScenes, the first {SCENES} scenes of the train split, seed 0, all "
        "kinds, one caption each, embedded by clip-emoji-scenes",
        recipe=asdict(recipe),
        seed=recipe.seed,
        metrics=metrics,
        evaluation=f"the first {POOL} scenes of each split, seed 0; gap: distance of "
        "the mean from that of the images' embeddings; cosine: with the scene's own",
        minutes=None if resumed else round(minutes, 1),
        trained_on=device_name(),
        licence="CC BY-SA 4.0, with credit to Twemoji and OpenMoji",
        command=f"python checkpoints/{HERE.name}/train.py --steps {recipe.steps}",
    )
    print(metrics)


if __name__ == "__main__":
    main()
