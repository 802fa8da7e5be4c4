"""Time a training step of our CLIP against that of transformers, on this machine.

    python benchmarks/clip_step.py [--rounds 30] [--threads 1]

A step is forward, loss and backward, in fp32. Both models have the same configuration,
the same weights and the same inputs; theirs attends with SDPA, its faster way. Each
round times both, in an order that turns from round to round; a ratio is the median over
the rounds of (their time / our time in the same round), so that noise lasting longer
than a round cancels. A ratio above 1 means ours is faster.
"""

from collections.abc import Callable

import torch
from step_times import Times, compare_sizes, interleave
from torch import Tensor
from transformers import CLIPConfig, CLIPModel

from multimodal.clip import CLIP
from multimodal.contrastive import contrastive_loss

SIZES = {  # patch, image width and layers, text width and layers, tokens, batch
    "the course weights' recipe, batch 32": (8, 128, 4, 128, 2, 32, 32),
    "twice as wide, batch 16": (8, 256, 4, 256, 4, 32, 16),
    "texts of 77 tokens, batch 16": (16, 128, 4, 128, 6, 77, 16),
}
IMAGE_SIZE, VOCABULARY, HEADS = 64, 1114, 4


def new_model(size: tuple[int, ...]) -> CLIPModel:
    """Make transformers' model."""
    patch, image_width, image_layers, text_width, text_layers, tokens, _ = size
    torch.manual_seed(0)
    config = CLIPConfig(
        vision_config={
            "image_size": IMAGE_SIZE,
            "patch_size": patch,
            "hidden_size": image_width,
            "intermediate_size": 4 * image_width,
            "num_hidden_layers": image_layers,
            "num_attention_heads": HEADS,
        },
        text_config={
            "vocab_size": VOCABULARY,
            "max_position_embeddings": tokens,
            "hidden_size": text_width,
            "intermediate_size": 4 * text_width,
            "num_hidden_layers": text_layers,
            "num_attention_heads": HEADS,
            "eos_token_id": VOCABULARY - 1,
            "bos_token_id": VOCABULARY - 2,
            "pad_token_id": VOCABULARY - 1,
        },
        projection_dim=128,
        attn_implementation="sdpa",
    )
    return CLIPModel(config)


def new_batch(size: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Make images, and texts of many lengths that are filled up with END."""
    tokens, batch = size[-2:]
    images = torch.randn(batch, 3, IMAGE_SIZE, IMAGE_SIZE)
    ids = torch.randint(VOCABULARY - 2, (batch, tokens))
    ends = torch.randint(tokens // 2, tokens, (batch, 1))
    return images, ids.masked_fill(torch.arange(tokens) >= ends, VOCABULARY - 1)


def compare(size: tuple[int, ...], rounds: int) -> Times:
    """Time both models of one size, `rounds` times each."""
    theirs = new_model(size).train()
    ours = CLIP.from_transformers(theirs).train()
    images, ids = new_batch(size)
    losses: dict[str, Callable[[], Tensor]] = {
        "ours": lambda: contrastive_loss(*ours(images, ids)),
        "transformers": lambda: (
            theirs(input_ids=ids, pixel_values=images, return_loss=True).loss
        ),
    }
    torch.testing.assert_close(losses["ours"](), losses["transformers"]())
    return interleave(losses, (ours, theirs), rounds)


if __name__ == "__main__":
    compare_sizes(__doc__.splitlines()[0], SIZES, compare)
