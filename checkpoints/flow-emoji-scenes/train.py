"""Train the generator of chapter 4: a flow from noise to latents, driven by CLIP.

    python checkpoints/flow-emoji-scenes/train.py [--steps N] [--out FOLDER]
    python checkpoints/flow-emoji-scenes/train.py --judge-only      # measure again

The weights `clip-emoji-scenes`, `autoencoder-emoji-scenes`, `prior-emoji-scenes` and
`judge-emoji-scenes` have to be there before. An interrupted training goes on where it
stopped when it is started again.
"""

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import PartialState
from torch import Tensor, nn

from multimodal.autoencoder import Autoencoder
from multimodal.checkpoints import course_weights, device_name, write_card
from multimodal.clip import CLIP
from multimodal.dit import DiT, DiTConfig
from multimodal.generation import (
    Generator,
    cached_scenes,
    judge_images,
    prompts_of,
    train_flow,
)
from multimodal.judge import Judge
from multimodal.prior import Prior
from multimodal.retrieval import chance_recall
from multimodal.scene_pairs import embed_images, embed_texts, same_caption
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe

HERE = Path(__file__).parent
SCENES = 20_000
POOL = 250
PART = 150  # prompts in the pools of one kind of scene
GUIDANCE = (1.0, 2.0, 4.0, 8.0)


def new_flow(condition_width: int, channels: int, side: int) -> DiT:
    """Make the flow's transformer with new weights."""
    return DiT(
        DiTConfig(
            side,
            patch_size=2,
            width=192,
            layers=5,
            heads=6,
            condition_width=condition_width,
            channels=channels,
        )
    )


def as_bytes(images: Tensor) -> Tensor:
    """Turn numbers between -1 and 1 into bytes."""
    return ((images + 1) * 127.5).round().to(torch.uint8)


def judge_all(generator: Generator, judge: nn.Module, reader: Tokenizer) -> dict:
    """Measure what the judge finds, beside real images and other conditions."""
    measured, kinds = {}, {"single": "S0", "group": "S0", "pair": "S0"}
    captions, real = prompts_of("S0", POOL)

    def note(name: str, images: Tensor, texts: list[str]) -> None:
        found = judge_images(judge, reader, images, texts)
        shares = {f"R@{k}": round(share, 4) for k, share in found.recall.items()}
        measured[name] = shares | {"median rank": found.median_rank}

    right = same_caption(captions)
    measured["chance"] = {f"R@{k}": chance_recall(right, k) for k in (1, 5, 10)}
    note("real images", real, captions)
    with torch.inference_mode():
        again = generator.autoencoder(real).clamp(-1, 1)
    note("real images through the autoencoder", again, captions)
    seen = embed_images(generator.clip, as_bytes(real))
    note("embeddings of the real images", generator.paint(seen), captions)
    texts = embed_texts(generator.clip, generator.tokenizer, captions)
    imagined = generator.imagine(captions)
    for scale in GUIDANCE:
        name = f"guidance {scale:g}"
        note(f"prior, {name}", generator.paint(imagined, scale), captions)
        note(f"no prior, {name}", generator.paint(texts, scale), captions)
    parts = {f"{kind} scenes": (split, [kind]) for kind, split in kinds.items()}
    parts |= {"held-out triples": ("S2", ["pair"])}
    parts |= {"held-out counts": ("S3", ["group"])}
    for name, (split, kind) in parts.items():
        captions, real = prompts_of(split, PART, kind)
        note(f"{name}, real", real, captions)
        note(f"{name}, generated", generator(captions), captions)
    return measured


@torch.inference_mode()
def diversity(
    generator: Generator, judge: nn.Module, prompts: int = 30, images: int = 8
) -> dict:
    """Measure how far the images of one prompt are apart, for each guidance scale.

    Returns:
        For each scale 1 minus the mean cosine of the judge's vectors of two images.
    """
    captions, _ = prompts_of("S0", prompts)
    many = [caption for caption in captions for _ in range(images)]
    embeddings, apart = generator.imagine(many), {}
    for scale in GUIDANCE:
        seen = judge.encode_image(generator.paint(embeddings, scale))
        groups = seen.reshape(prompts, images, -1)
        cosines = groups @ groups.mT
        others = (cosines.sum() - prompts * images) / (prompts * images * (images - 1))
        apart[f"guidance {scale:g}"] = round(1 - others.item(), 4)
    return apart


def main() -> None:
    """Train, measure, and write the weights with their card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the result")
    parser.add_argument("--judge-only", action="store_true", help="don't train")
    arguments = parser.parse_args()
    out, state = arguments.out, PartialState()
    recipe = Recipe(
        arguments.steps, batch_size=64, learning_rate=1.5e-3, warmup=200, weight_decay=0
    )
    clip_folder, autoencoder_folder, prior_folder, judge_folder = (
        course_weights(f"{name}-emoji-scenes")
        for name in ("clip", "autoencoder", "prior", "judge")
    )
    resumed = (out / "interrupted" / "training.pt").exists()
    start = time.monotonic()
    if arguments.judge_only:
        flow = DiT.load(out)
    else:
        with state.main_process_first():
            cache = out / "interrupted" / "scenes.pt"
            scenes = cached_scenes(cache, SCENES, clip_folder, autoencoder_folder)
        torch.manual_seed(recipe.seed)
        channels, side = scenes.latents.shape[1:3]
        flow = new_flow(scenes.images.shape[1], channels, side)
        start = time.monotonic()
        train_flow(flow, scenes.latents, scenes.images, recipe, folder=out)
    minutes = (time.monotonic() - start) / 60
    if not state.is_main_process:
        return
    flow = flow.cpu()
    if not arguments.judge_only:
        flow.save(out)
    generator = Generator(
        CLIP.load(clip_folder),
        Tokenizer.load(clip_folder),
        Prior.load(prior_folder),
        flow,
        Autoencoder.load(autoencoder_folder),
    )
    judge, reader = Judge.load(judge_folder), Tokenizer.load(judge_folder)
    metrics = judge_all(generator, judge, reader)
    card = {
        "model": "DiT, from scratch: a flow from noise to latents of scenes",
        "parameters": sum(p.numel() for p in flow.parameters()),
        "data": f"EmojiScenes, the first {SCENES} scenes of the train split, seed 0, "
        "all kinds, as latents of autoencoder-emoji-scenes and embeddings of "
        "clip-emoji-scenes",
        "recipe": asdict(recipe),
        "seed": recipe.seed,
        "minutes": None if resumed or arguments.judge_only else round(minutes, 1),
        "trained_on": device_name(),
        "licence": "CC BY-SA 4.0, with credit to Twemoji and OpenMoji",
        "command": f"python checkpoints/{HERE.name}/train.py --steps {recipe.steps}",
    }
    if arguments.judge_only and (out / "card.json").exists():
        card = json.loads((out / "card.json").read_text(encoding="utf-8"))
    card["metrics"] = metrics
    card["diversity"] = diversity(generator, judge)
    card |= {"pool": POOL, "pool of a kind": PART}
    card["evaluation"] = (
        f"each image finds its caption among {POOL} different ones of S0 "
        f"({PART} in the rows of one kind), judged by judge-emoji-scenes"
    )
    write_card(out, **card)
    print(json.dumps(metrics, indent=1))


if __name__ == "__main__":
    main()
