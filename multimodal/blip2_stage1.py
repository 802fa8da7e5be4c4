"""BLIP-2's first stage: the Q-Former learns to see what texts tell of.

Li et al., "BLIP-2", 2023, section 3.2.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from multimodal.blip2_losses import (
    IGNORED,
    itc_loss,
    itm_loss,
    next_token_loss,
    pair_logits,
    same_pairs,
    sample_hard_negatives,
)
from multimodal.contrastive import gather_with_gradient
from multimodal.qformer import (
    QFormer,
    QFormerConfig,
    bidirectional_mask,
    multimodal_causal_mask,
)
from multimodal.transformer import activation_function
from multimodal.weights import load_model, load_weights, save_model


@dataclass
class Stage1Config:
    """Sizes and options of a `Blip2Stage1`.

    Args:
        qformer: that reads text; a dictionary, as in a file, is fine too.
        embedding_width: length of the vectors that images and texts share.
        decoder_id: number of [DEC], the token that texts begin with where they are
            written; by default the last one of the vocabulary.
        temperature: that training starts with; similarities are divided by it.
        smoothing: of the labels of ITC and ITG.
        matched: so many images of a batch take part in ITM, which costs three times
            as much as ITG for each of them; by default all.
    """

    qformer: QFormerConfig
    embedding_width: int
    decoder_id: int | None = None
    temperature: float = 0.07
    smoothing: float = 0.1
    matched: int | None = None

    def __post_init__(self):
        if isinstance(self.qformer, dict):
            self.qformer = QFormerConfig(**self.qformer)
        if not self.qformer.vocabulary_size:
            raise ValueError("stage 1 needs a Q-Former that reads text")
        if self.decoder_id is None:
            self.decoder_id = self.qformer.vocabulary_size - 1


class Stage1Losses(NamedTuple):
    """The three losses of a batch, in nats; `total` is their sum."""

    itc: Tensor
    itm: Tensor
    itg: Tensor

    @property
    def total(self) -> Tensor:
        """The sum, which training makes small."""
        return self.itc + self.itm + self.itg


class LanguageHead(nn.Module):
    """Turn tokens into logits of the next ones, as BERT does.

    The last layer is the table of token embeddings, read the other way round.

    Args:
        config: of the Q-Former.
    """

    def __init__(self, config: QFormerConfig):
        super().__init__()
        self.transform = nn.Linear(config.width, config.width)
        self.activation = activation_function(config.activation)
        self.norm = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.bias = nn.Parameter(torch.zeros(config.vocabulary_size))

    def forward(self, tokens: Tensor, embeddings: Tensor) -> Tensor:
        """Return (batch, tokens, vocabulary); embeddings are (vocabulary, width)."""
        return F.linear(
            self.norm(self.activation(self.transform(tokens))), embeddings, self.bias
        )


@torch.no_grad()
def initialise_heads(model: nn.Module) -> None:
    """Set the weights of all that is new beside the Q-Former: normal, 0.02."""
    for name, layer in model.named_modules():
        if isinstance(layer, nn.Linear) and not name.startswith("qformer."):
            nn.init.normal_(layer.weight, std=0.02)
            nn.init.zeros_(layer.bias)


def copy_transformers_stage1(
    model_class: type[nn.Module], module: nn.Module
) -> nn.Module:
    """Copy a `Blip2ForImageTextRetrieval` of transformers that is in memory.

    Returns:
        A model in evaluation mode. Its language head is new: transformers has none.
    Raises:
        TypeError: the module is none.
    """
    from transformers import Blip2ForImageTextRetrieval  # slow to import

    if not isinstance(module, Blip2ForImageTextRetrieval):
        raise TypeError(
            "expected a Blip2ForImageTextRetrieval of transformers, got "
            f"{type(module).__name__}"
        )
    qformer = QFormer.from_transformers(module)
    config = Stage1Config(qformer.config, module.vision_projection.out_features)
    model = model_class(config)
    load_weights(model.qformer, qformer.state_dict())
    load_weights(model.project_image, module.vision_projection.state_dict())
    load_weights(model.project_text, module.text_projection.state_dict())
    load_weights(model.match_head, module.itm_head.state_dict())
    return model.eval().to(module.device, qformer.queries.dtype)


def match_pairs(
    model: nn.Module, features: Tensor, ids: Tensor, is_token: Tensor
) -> Tensor:
    """Ask whether each text tells of the image beside it.

    Each query gives its answer, seeing both; the mean counts.

    Returns:
        Logits of "no" and "yes", (batch, 2).
    """
    mask = bidirectional_mask(model.config.qformer.queries, is_token)
    queries, _ = model.qformer(features, ids, mask)
    return model.match_head(queries).mean(dim=1)


def read_and_write(
    model: nn.Module, features: Tensor, ids: Tensor, is_token: Tensor
) -> tuple[Tensor, Tensor]:
    """Read images, and foretell each next token of their texts.

    [DEC] takes the place of a text's first token, to say that it shall be written now.

    Returns:
        The queries, (batch, queries, width), the same as without text, since they see
        none of it, and logits (batch, tokens, vocabulary).
    """
    beginning = torch.full_like(ids[:, :1], model.config.decoder_id)
    mask = multimodal_causal_mask(model.config.qformer.queries, is_token)
    ids = torch.cat([beginning, ids[:, 1:]], dim=1)
    queries, text = model.qformer(features, ids, mask)
    embeddings = model.qformer.text_embedding.tokens.weight
    return queries, model.language_head(text, embeddings)


def match_hard_negatives(
    model: nn.Module,
    features: Tensor,
    ids: Tensor,
    is_token: Tensor,
    wrong_images: Tensor,
    wrong_texts: Tensor,
) -> Tensor:
    """Match right pairs, then texts with wrong images, then images with wrong texts.

    Args:
        model: a `Blip2Stage1`; `features`, `ids` and `is_token` are as it takes them.
        wrong_images, wrong_texts: int64 (pairs,), for each text the number of an
            image and for each image that of a text, among those of all processes;
            where they are fewer than the batch, its first pairs are matched.
    Returns:
        Logits of "no" and "yes", (3 * pairs, 2).
    """
    images = gather_with_gradient(features)[wrong_images]
    texts = gather_with_gradient(ids)[wrong_texts]
    are_tokens = gather_with_gradient(is_token.long()).bool()[wrong_texts]
    few = slice(len(wrong_images))
    features, ids, is_token = features[few], ids[few], is_token[few]
    return model.match(
        torch.cat([features, images, features]),
        torch.cat([ids, ids, texts]),
        torch.cat([is_token, is_token, are_tokens]),
    )


def stage1_losses(
    model: nn.Module,
    features: Tensor,
    ids: Tensor,
    is_token: Tensor,
    image_ids: Tensor | None = None,
) -> Stage1Losses:
    """Measure how well pairs are found, matched and written.

    Args:
        model: a `Blip2Stage1`; `features`, `ids` and `is_token` are as it takes them.
        image_ids: int64 (batch,), equal for pairs that show the same image; without
            it, only equal captions are known to be no wrong answers.
    """
    smoothing = model.config.smoothing
    queries, logits = model.read_and_write(features, ids, is_token)
    itg = next_token_loss(logits, ids.masked_fill(~is_token, IGNORED), smoothing)
    images = F.normalize(model.project_image(queries), dim=-1)
    texts = model.encode_text(ids, is_token)
    image_logits, text_logits = pair_logits(images, texts, model.temperature)
    itc = itc_loss(image_logits, text_logits, smoothing)
    same = same_pairs(ids, image_ids)
    few = slice(model.config.matched)
    wrong_images = sample_hard_negatives(text_logits[few], same[few])
    wrong_texts = sample_hard_negatives(image_logits[few], same[few])
    pairs = (features, ids, is_token, wrong_images, wrong_texts)
    itm = itm_loss(match_hard_negatives(model, *pairs))
    return Stage1Losses(itc, itm, itg)


@torch.no_grad()
def write_texts(
    model: nn.Module, features: Tensor, end_id: int, longest: int
) -> Tensor:
    """Write texts of images, always with the likeliest token.

    Args:
        model: a `Blip2Stage1`.
        features: (batch, image tokens, image_width).
        end_id: stops a text, and fills it up.
        longest: most tokens of a text, [DEC] and END included.
    Returns:
        int64 (batch, tokens); each row begins with [DEC].
    """
    beginning = torch.full((len(features), 1), model.config.decoder_id)
    ids = beginning.to(features.device)
    while ids.shape[1] < longest and not (ids == end_id).any(dim=1).all():
        is_token = torch.ones_like(ids, dtype=torch.bool)
        _, logits = model.read_and_write(features, ids, is_token)
        after = logits[:, -1].argmax(dim=-1, keepdim=True)
        ended = (ids == end_id).any(dim=1, keepdim=True)
        ids = torch.cat([ids, after.masked_fill(ended, end_id)], dim=1)
    return ids


class Blip2Stage1(nn.Module):
    """Train a Q-Former to find, to match and to write the texts of images.

    Image features, (batch, image tokens, image_width), come from a frozen encoder.
    Texts are int64 (batch, tokens), beginning with a token that stands for the whole;
    `is_token`, boolean of the same shape, is False at their padding.
    """

    config_class = Stage1Config

    def __init__(self, config: Stage1Config):
        super().__init__()
        self.config = config
        width = config.qformer.width
        self.qformer = QFormer(config.qformer)
        self.project_image = nn.Linear(width, config.embedding_width)
        self.project_text = nn.Linear(width, config.embedding_width)
        self.match_head = nn.Linear(width, 2)
        self.language_head = LanguageHead(config.qformer)
        self.temperature = nn.Parameter(torch.tensor(config.temperature))
        initialise_heads(self)

    def encode_image(self, features: Tensor) -> Tensor:
        """Return unit vectors, (batch, queries, embedding_width)."""
        return F.normalize(self.project_image(self.qformer(features)[0]), dim=-1)

    def encode_text(self, ids: Tensor, is_token: Tensor) -> Tensor:
        """Return unit vectors, (batch, embedding_width), read at the first token."""
        first = self.qformer.read_text(ids, is_token)[:, 0]
        return F.normalize(self.project_text(first), dim=-1)

    match, read_and_write, write = match_pairs, read_and_write, write_texts
    forward = stage1_losses
    from_transformers = classmethod(copy_transformers_stage1)
    save, load = save_model, classmethod(load_model)
