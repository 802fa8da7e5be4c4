"""First words: soft prompts that are words, before a language model reads them.

A lesson of ours between the two stages of BLIP-2, which has none. The language model
doesn't run in it, only its table of words is used, so that it takes minutes.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import torch
from accelerate import PartialState
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import PreTrainedTokenizerBase

from multimodal.caption_metrics import caption_words
from multimodal.emoji_scenes import Scene, counted
from multimodal.frozen_language_model import FrozenLanguageModel
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe, batch_indices, train

PLACES = 8  # words of a telegram
# words that say little about what an image shows, whoever writes them
SMALL_WORDS = frozenset(
    "a an the this that some other another one it its he his him she her they their "
    "them is are was be has have being of on in at to and with for from by as up down "
    "out into over through near next while there very 's".split()
)


def scene_telegram(scene: Scene) -> list[str]:
    """Say all facts of a scene in eight words, each kind of fact at its own place.

    The first two are a number and a noun, the last is the colour; a relation is third,
    and the other noun sixth.
    """
    graph, number = scene.graph, len(scene.graph.objects)
    first = graph.objects[0].noun
    if graph.relation:
        side, *of = graph.relation.split()
        other = graph.objects[1].noun
        words = ["a", first, side, *(of or [","]), "a", other, "on"]
    else:
        count, noun = counted(first, number).split(" ", 1)
        count = "a" if number == 1 else count  # not "an"
        words = [count, noun, "on", "a", "ground", "that", "is"]
    return [*words, graph.background]


def caption_telegrams(
    captions: Sequence[Sequence[str]], seldom: int = 20
) -> list[list[str]]:
    """Say in eight words what most of an image's captions agree on.

    The words that most of its captions have, the rarer ones first among equals, in the
    order of their usual place in a caption: "black dog red frisbee beach". Full stops
    fill it up.

    Args:
        captions: of each image several.
        seldom: in the captions of so many images a word has to occur.
    """
    said, images_with, places = [], Counter(), defaultdict(list)
    for texts in captions:
        counts = Counter()
        for words in map(caption_words, texts):
            large = [word for word in words if word not in SMALL_WORDS]
            counts.update(set(large))
            for word in large:
                places[word].append(words.index(word) / len(words))
        images_with.update(counts.keys())
        said.append(counts)
    usual = {word: sum(where) / len(where) for word, where in places.items()}
    telegrams = []
    for counts in said:
        known = [word for word in counts if images_with[word] >= seldom]
        known.sort(key=lambda word: (-counts[word], images_with[word], word))
        agreed = [word for word in known if counts[word] > 1][:PLACES] or known[:2]
        agreed.sort(key=lambda word: (usual[word], word))
        telegrams.append(agreed + ["."] * (PLACES - len(agreed)))
    return telegrams


def telegram_text(words: Sequence[str]) -> str:
    """Write a telegram as it stands inside a text, with a space before each word."""
    return "".join(f" {word}" if word[0].isalnum() else word for word in words)


@torch.no_grad()
def word_vectors(
    language: FrozenLanguageModel,
    tokenizer: Tokenizer | PreTrainedTokenizerBase,
    words: Sequence[str],
) -> Tensor:
    """Give what a language model reads for words inside a text, (words, width).

    A word of several tokens gets the mean of their vectors.
    """
    device, rows = language.opening.device, []
    for word in words:
        text = telegram_text([word])
        if isinstance(tokenizer, Tokenizer):
            ids = tokenizer.encode(text)[1:-1]
        else:
            ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        rows.append(language.embed(torch.tensor(ids, device=device)).mean(dim=0))
    return torch.stack(rows).float()


def first_words_loss(
    soft_prompts: Tensor, vectors: Tensor, targets: Tensor, sharpness: float = 20.0
) -> Tensor:
    """Measure how far soft prompts are from being the vectors of given words.

    The cross-entropy of telling the word from all others by the cosine, which alone
    would leave the lengths open, and the squared distance, which alone would rather
    give the mean of all words than risk a wrong one.

    Args:
        soft_prompts: (batch, places, width).
        vectors: of all words, (words, width).
        targets: int64 (batch, places), a word for each soft prompt.
        sharpness: cosines are multiplied by it.
    """
    cosines = F.normalize(soft_prompts, dim=-1) @ F.normalize(vectors, dim=-1).T
    told_apart = F.cross_entropy(sharpness * cosines.flatten(0, 1), targets.flatten())
    distance = F.mse_loss(soft_prompts, vectors[targets]) / vectors.square().mean()
    return told_apart + distance


@torch.no_grad()
def nearest_words(soft_prompts: Tensor, vectors: Tensor) -> Tensor:
    """Give the number of the word nearest to each soft prompt, by the cosine.

    Args:
        soft_prompts: (batch, places, width).
        vectors: of all words, (words, width).
    Returns:
        int64 (batch, places).
    """
    cosines = F.normalize(soft_prompts, dim=-1) @ F.normalize(vectors, dim=-1).T
    return cosines.argmax(dim=-1)


def teach_first_words(
    bridge: nn.Module,
    language: FrozenLanguageModel,
    tokenizer: Tokenizer | PreTrainedTokenizerBase,
    features: Tensor,
    telegrams: Sequence[Sequence[str]],
    recipe: Recipe,
    on_step: Callable[[int, float], None] | None = None,
    mirrored: Tensor | None = None,
    dropout: float = 0.0,
) -> list[str]:
    """Train a bridge until its soft prompts are the words of each image's telegram.

    Args:
        bridge: its first queries say the words, one each; others are left alone. It
            is moved to the device.
        language, tokenizer: whose words are used; nothing in them changes.
        features: of the images, (images, image tokens, image_width).
        telegrams: of each image, all with as many words.
        recipe: steps, batch size, learning rate and so on.
        on_step: called after each step with its number and its loss.
        mirrored: features of the mirrored images, which give half of a batch.
        dropout: share of the features' numbers that are dropped, against learning few
            images by heart.
    Returns:
        All words that were used, in the order of the alphabet.
    Raises:
        ValueError: a telegram has more words than the bridge has queries.
    """
    queries, places = bridge.config.qformer.queries, len(telegrams[0])
    if places > queries:
        raise ValueError(
            f"{places} words need as many queries, the bridge has {queries}"
        )
    state, words = PartialState(), sorted({word for row in telegrams for word in row})
    numbers = {word: number for number, word in enumerate(words)}
    targets = torch.tensor([[numbers[word] for word in row] for row in telegrams])
    vectors = word_vectors(language.to(state.device), tokenizer, words)
    views = [features] if mirrored is None else [features, mirrored]

    def batch_loss(bridge: nn.Module, step: int) -> Tensor:
        own = slice(state.process_index, None, state.num_processes)
        batch = batch_indices(step, len(features), recipe)[own].tolist()
        rng = random.Random(f"first words {recipe.seed} {step} {state.process_index}")
        seen = torch.stack([rng.choice(views)[number] for number in batch])
        seen = F.dropout(seen.to(state.device).float(), dropout)
        soft_prompts = bridge(seen)[:, :places]
        return first_words_loss(soft_prompts, vectors, targets[batch].to(state.device))

    train(bridge, batch_loss, recipe, on_step)
    return words
