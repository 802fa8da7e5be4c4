"""From a text to an image, by way of CLIP: embed, imagine, paint, and judge."""

import hashlib
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import PartialState
from torch import Tensor, nn
from torch.nn import functional as F

from multimodal.autoencoder import Autoencoder
from multimodal.clip import CLIP
from multimodal.dit import DiT
from multimodal.emoji_scenes import (
    KINDS,
    EmojiScenes,
    SceneGraph,
    caption_scene,
)
from multimodal.flow import flow_loss, follow, guided_velocity
from multimodal.prior import Prior
from multimodal.retrieval import Retrieval, measure_retrieval
from multimodal.scene_pairs import (
    embed_images,
    embed_texts,
    same_caption,
    scene_tensors,
)
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe, batch_indices, to_float, train


@dataclass
class EmbeddedScenes:
    """What a generator learns from: scenes as the frozen models see them.

    Args:
        latents: of the images, (scenes, channels, rows, columns).
        images: CLIP embeddings of the images, (scenes, width), scaled by `widen`.
        texts: CLIP embeddings of a caption of each, (scenes, width), scaled as well.
    """

    latents: Tensor
    images: Tensor
    texts: Tensor


def widen(embeddings: Tensor) -> Tensor:
    """Scale unit vectors so that their numbers have a mean square of 1."""
    return embeddings * embeddings.shape[-1] ** 0.5


@torch.inference_mode()
def encode_images(model: Autoencoder, images: Tensor, batch_size: int = 250) -> Tensor:
    """Give the latents of images held as bytes, with the model in evaluation mode."""
    model.eval()
    device = next(model.parameters()).device
    parts = [to_float(part.to(device)) for part in images.split(batch_size)]
    return torch.cat([model.encode(part).cpu() for part in parts])


def embed_scenes(
    graphs: Sequence[SceneGraph],
    clip: CLIP,
    tokenizer: Tokenizer,
    autoencoder: Autoencoder,
    part_size: int = 2000,
) -> EmbeddedScenes:
    """Embed scenes and one caption of each, drawn at random but always the same.

    Args:
        part_size: scenes whose images are in memory at the same time.
    """
    rng, parts = random.Random("captions to generate from"), []
    for first in range(0, len(graphs), part_size):
        part = graphs[first : first + part_size]
        captions = [rng.choice(caption_scene(graph)) for graph in part]
        images = scene_tensors(part)
        latents = encode_images(autoencoder, images)
        embedded = embed_images(clip, images), embed_texts(clip, tokenizer, captions)
        parts.append((latents, *map(widen, embedded)))
    return EmbeddedScenes(*(torch.cat(kind) for kind in zip(*parts, strict=True)))


def fingerprint(*folders: Path) -> str:
    """Name the weights in some folders by 16 hexadecimal digits of their SHA-256."""
    digest = hashlib.sha256()
    for folder in folders:
        digest.update((folder / "model.safetensors").read_bytes())
    return digest.hexdigest()[:16]


def cached_scenes(
    file: Path, number: int, clip_folder: Path, autoencoder_folder: Path
) -> EmbeddedScenes:
    """Embed the first scenes of the train split, or read what was embedded before.

    Args:
        file: of the cache; it serves only the weights that it was made with.
        number: of scenes, of all kinds.
        clip_folder, autoencoder_folder: of the frozen models.
    """
    key = f"{number} scenes, {fingerprint(clip_folder, autoencoder_folder)}"
    if file.exists():
        cache = torch.load(file, map_location="cpu", weights_only=True)
        if cache.pop("key") == key:
            return EmbeddedScenes(**cache)
    scenes = EmojiScenes("train", number, kinds=KINDS)
    embedded = embed_scenes(
        [scene.graph for scene in scenes],
        CLIP.load(clip_folder),
        Tokenizer.load(clip_folder),
        Autoencoder.load(autoencoder_folder),
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(f".{os.getpid()}")
    torch.save({"key": key, **vars(embedded)}, partial)
    partial.replace(file)
    return embedded


def train_flow(
    model: nn.Module, examples: Tensor, conditions: Tensor, recipe: Recipe, **options
) -> list[float]:
    """Train a `DiT` or a `Prior` by flow matching and return the loss of each step.

    Args:
        model: as for `flow_loss`.
        examples: (number, ...), where the paths end: latents, or image embeddings.
        conditions: (number, width), what each is to be made from.
        recipe: steps, batch size, learning rate and so on.
        options: those of `train`.
    """
    state = PartialState()  # which process of how many this is

    def batch_loss(model: nn.Module, step: int) -> Tensor:
        batch = batch_indices(step, len(examples), recipe)
        batch = batch[state.process_index :: state.num_processes]
        chosen = (kind[batch].to(state.device) for kind in (examples, conditions))
        return flow_loss(model, *chosen)

    return train(model, batch_loss, recipe, **options)


def noise_for(number: int, shape: Sequence[int], seed: int) -> Tensor:
    """Draw noise, (number, *shape); each sample's depends on its place and the seed."""
    generators = (
        torch.Generator().manual_seed(seed * 1_000_003 + place)
        for place in range(number)
    )
    return torch.stack([torch.randn(*shape, generator=g) for g in generators])


@dataclass
class Generator:
    """Paint what a text says.

    Args:
        clip, tokenizer: the frozen models that embed a text.
        prior: turns the embedding of a text into one of an image.
        flow: turns noise into latents, told the embedding of an image.
        autoencoder: turns latents into an image.
    """

    clip: CLIP
    tokenizer: Tokenizer
    prior: Prior
    flow: DiT
    autoencoder: Autoencoder

    @torch.inference_mode()
    def imagine(
        self, prompts: Sequence[str], guidance: float = 2.0, seed: int = 0
    ) -> Tensor:
        """Give an image embedding for each prompt, (prompts, width), of length 1."""
        texts = widen(embed_texts(self.clip, self.tokenizer, prompts))
        noise = noise_for(len(prompts), texts.shape[1:], seed)
        embeddings = follow(guided_velocity(self.prior, texts, guidance), noise, 10)
        return F.normalize(embeddings, dim=-1)

    @torch.inference_mode()
    def paint(
        self, embeddings: Tensor, guidance: float = 4.0, seed: int = 0, steps: int = 10
    ) -> Tensor:
        """Give images, (batch, 3, side, side) from -1 to 1, for unit embeddings."""
        config = self.flow.config
        shape = (config.channels, config.side, config.side)
        noise = noise_for(len(embeddings), shape, seed)
        field = guided_velocity(self.flow, widen(embeddings), guidance)
        return self.autoencoder.decode(follow(field, noise, steps)).clamp(-1, 1)

    def __call__(self, prompts: Sequence[str], seed: int = 0) -> Tensor:
        """Give one image for each prompt, (prompts, 3, side, side)."""
        return self.paint(self.imagine(prompts, seed=seed), seed=seed)


@torch.inference_mode()
def judge_images(
    judge: nn.Module, tokenizer: Tokenizer, images: Tensor, captions: Sequence[str]
) -> Retrieval:
    """Measure whether a judge finds the captions of images among those of all.

    Args:
        judge: embeds images and texts; not the model that they were made with.
        tokenizer: of the judge.
        images: (number, 3, side, side), from -1 to 1.
        captions: one for each image; together they are the pool.
    """
    judge.eval()
    seen = torch.cat([judge.encode_image(part) for part in images.split(100)])
    read = embed_texts(judge, tokenizer, captions)
    return measure_retrieval(seen @ read.T, same_caption(captions))


def prompts_of(
    split: str, number: int, kinds: Sequence[str] = KINDS
) -> tuple[list[str], Tensor]:
    """Give first captions of scenes, all of them different, and the scenes' images.

    Returns:
        `number` captions, and real images (number, 3, 64, 64) from -1 to 1.
    """
    graphs: dict[str, SceneGraph] = {}
    for scene in EmojiScenes(split, 2**62, kinds=kinds):
        graphs.setdefault(scene.captions[0], scene.graph)
        if len(graphs) == number:
            break
    return list(graphs), to_float(scene_tensors(list(graphs.values())))


def load_generator(find: Callable[[str], Path]) -> Generator:
    """Load the four models that the book trained for it.

    Args:
        find: gives the folder of course weights, as `course_weights` does.
    """
    clip = find("clip-emoji-scenes")
    return Generator(
        CLIP.load(clip),
        Tokenizer.load(clip),
        Prior.load(find("prior-emoji-scenes")),
        DiT.load(find("flow-emoji-scenes")),
        Autoencoder.load(find("autoencoder-emoji-scenes")),
    )
