"""Pairs of scenes and captions, streamed in batches for contrastive training."""

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from multimodal.emoji_scenes import (
    EmojiScenes,
    SceneGraph,
    caption_scene,
    is_held_out_triple,
    render,
)
from multimodal.retrieval import retrieval_numbers
from multimodal.tokenizer import Tokenizer
from multimodal.training import to_float


def swapped(graph: SceneGraph) -> SceneGraph:
    """Exchange the two nouns of a pair; all else stays as it is.

    Raises:
        ValueError: the scene is no pair.
    """
    if graph.relation is None:
        raise ValueError("only the two objects of a pair can be swapped")
    first, second = graph.objects
    objects = (replace(first, noun=second.noun), replace(second, noun=first.noun))
    return replace(graph, objects=objects)


def may_be_swapped(graph: SceneGraph) -> bool:
    """Tell whether a scene is a pair whose swapped form training may show."""
    if graph.relation is None:
        return False
    first, second = graph.objects
    return not is_held_out_triple(second.noun, graph.relation, first.noun)


def add_twins(graphs: Sequence[SceneGraph], twins: int) -> list[SceneGraph]:
    """Replace the last graphs by swapped forms of the first pairs among the others.

    Args:
        graphs: of a batch, in any order.
        twins: how many to replace; fewer if there are not as many pairs.
    """
    kept = list(graphs[: len(graphs) - twins])
    new = [swapped(graph) for graph in kept if may_be_swapped(graph)][:twins]
    return kept + new + list(graphs[len(kept) + len(new) :])


def scene_tensors(graphs: Sequence[SceneGraph], image_size: int = 64) -> Tensor:
    """Render scenes as bytes, (scenes, 3, image_size, image_size)."""
    images = np.stack([render(graph, image_size) for graph in graphs])
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()


class ScenePairBatches(Dataset):
    """Batches of scenes with one caption each; batch number i is always the same.

    No scene comes twice: batch i takes the scenes from `i * batch_size` on.

    Args:
        tokenizer: for the captions.
        batch_size: pairs in a batch, over all processes together.
        twins: share of a batch that are swapped forms of other scenes in it.
        split, seed, kinds, styles: as for `EmojiScenes`.
        rank, processes: make only every `processes`-th pair, starting with `rank`.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        batch_size: int,
        twins: float = 0.0,
        split: str = "train",
        seed: int = 0,
        rank: int = 0,
        processes: int = 1,
        **options: object,
    ):
        self.tokenizer, self.batch_size, self.seed = tokenizer, batch_size, seed
        self.twins = round(twins * batch_size)
        self.scenes = EmojiScenes(split, 2**62, seed, **options)
        self.rank, self.processes = rank, processes

    def __getitem__(self, step: int) -> tuple[Tensor, Tensor]:
        """Give images as bytes (pairs, 3, side, side) and tokens (pairs, tokens)."""
        first = step * self.batch_size
        scenes = self.scenes[first : first + self.batch_size]
        graphs = add_twins([scene.graph for scene in scenes], self.twins)
        rng = random.Random(f"captions {self.seed} {step}")
        captions = [rng.choice(caption_scene(graph)) for graph in graphs]
        own = slice(self.rank, None, self.processes)
        images = scene_tensors(graphs[own], self.scenes.image_size)
        return images, self.tokenizer(captions)[own]


class BatchStream:
    """Hand out batches in the order of the steps, made ahead by other processes.

    Args:
        batches: gives the batch of each step.
        steps: there will be.
        workers: processes that make batches; 0 makes each when it is asked for.
    """

    def __init__(self, batches: Dataset, steps: int, workers: int = 0):
        self.batches, self.steps, self.workers = batches, steps, workers
        self.next_step, self.stream = None, None

    def __call__(self, step: int) -> tuple[Tensor, Tensor]:
        """Give the batch of a step; the first call may start anywhere."""
        if step != self.next_step:
            loader = DataLoader(
                self.batches,
                batch_size=None,  # each item is a batch already
                sampler=range(step, self.steps),
                num_workers=self.workers,
            )
            self.stream = iter(loader)
        self.next_step = step + 1
        return next(self.stream)


@torch.inference_mode()
def embed_images(model: torch.nn.Module, images: Tensor, batch_size=250) -> Tensor:
    """Embed images held as bytes, with the model in evaluation mode.

    Args:
        model: a `CLIP`.
        images: uint8 (images, 3, side, side).
        batch_size: images in one pass; the result does not depend on it.
    Returns:
        Unit vectors (images, embedding_width), on the CPU.
    """
    model.eval()
    device = model.logit_scale.device
    parts = [to_float(part.to(device)) for part in images.split(batch_size)]
    return torch.cat([model.encode_image(part).cpu() for part in parts])


@torch.inference_mode()
def embed_texts(
    model: torch.nn.Module, tokenizer: Tokenizer, texts: Sequence[str], batch_size=1000
) -> Tensor:
    """Embed texts, with the model in evaluation mode.

    Args:
        model: a `CLIP`, with its tokenizer.
        texts: any number of them.
        batch_size: texts in one pass.
    Returns:
        Unit vectors (texts, embedding_width), on the CPU.
    """
    model.eval()
    device = model.logit_scale.device
    parts = [texts[i : i + batch_size] for i in range(0, len(texts), batch_size)]
    return torch.cat(
        [model.encode_text(tokenizer(part).to(device)).cpu() for part in parts]
    )


def same_caption(captions: Sequence[str]) -> Tensor:
    """Tell which captions are equal, boolean (captions, captions).

    Scenes with equal captions are right answers for each other.
    """
    numbers = {caption: number for number, caption in enumerate(captions)}
    ids = torch.tensor([numbers[caption] for caption in captions])
    return ids[:, None] == ids


def evaluate_split(
    model: torch.nn.Module, tokenizer: Tokenizer, split: str, pool: int = 1000
) -> dict[str, float]:
    """Measure retrieval among the first scenes of a split, and the swap test.

    In the swap test an image of a pair has to be nearer to its own caption than to
    the one with the two nouns exchanged; a model that sees a bag of words gets half.

    Args:
        model: a `CLIP`, with its tokenizer.
        pool: number of scenes, each with its first caption.
    Returns:
        Recall at 1, 5 and 10 and the median rank in both directions, and, where the
        split has pairs, the share of swap tests passed.
    """
    graphs = [scene.graph for scene in EmojiScenes(split, pool)]
    captions = [caption_scene(graph)[0] for graph in graphs]
    images = embed_images(model, scene_tensors(graphs))
    texts = embed_texts(model, tokenizer, captions)
    scores = {"i2t": images @ texts.T, "t2i": texts @ images.T}
    measured = retrieval_numbers(scores, same_caption(captions))
    pairs = [number for number, graph in enumerate(graphs) if graph.relation]
    if pairs:
        wrong = [caption_scene(swapped(graphs[number]))[0] for number in pairs]
        wrong = embed_texts(model, tokenizer, wrong)
        right = (images[pairs] * texts[pairs]).sum(dim=1)
        passed = right > (images[pairs] * wrong).sum(dim=1)
        measured["swap accuracy"] = passed.float().mean().item()
    return measured
