"""Time a training step of our Q-Former against that of transformers, on this machine.

    python benchmarks/qformer_step.py [--rounds 30] [--threads 1]

A step is forward, a loss and backward, in fp32, with queries that look at image
features and a text beside them under the causal mask of image-grounded text generation.
Both models have the same configuration, the same weights, the same mask and the same
inputs; theirs attends with SDPA, its faster way. Each round times both, in an order
that turns from round to round; a ratio is the median over the rounds of (their time /
our time in the same round), so that noise lasting longer than a round cancels. A ratio
above 1 means ours is faster.
"""

from collections.abc import Callable

import torch
from step_times import Times, compare_sizes, interleave
from torch import Tensor
from transformers import Blip2Config, Blip2ForImageTextRetrieval

from multimodal.qformer import QFormer, multimodal_causal_mask

SIZES = {  # queries, width, layers, heads, image tokens and width, text tokens, batch
    "scenes: the course weights' recipe": (8, 128, 4, 4, 65, 128, 24, 64),
    "photographs: the course weights' recipe": (16, 256, 4, 4, 49, 1280, 24, 64),
    "as wide as BLIP-2's, 4 of its 12 layers": (32, 768, 4, 12, 257, 1408, 32, 8),
}
VOCABULARY = 1115


def new_model(size: tuple[int, ...]) -> Blip2ForImageTextRetrieval:
    """Make transformers' model; its image encoder, left as small as can be, is idle."""
    queries, width, layers, heads, _, image_width, tokens, _ = size
    torch.manual_seed(0)
    config = Blip2Config(
        vision_config={
            "hidden_size": image_width,
            "intermediate_size": 1,
            "num_hidden_layers": 1,
            "num_attention_heads": 1,
            "image_size": 14,
        },
        qformer_config={
            "vocab_size": VOCABULARY,
            "max_position_embeddings": tokens,
            "hidden_size": width,
            "intermediate_size": 4 * width,
            "num_hidden_layers": layers,
            "num_attention_heads": heads,
            "hidden_dropout_prob": 0.0,
            "attention_probs_dropout_prob": 0.0,
            "use_qformer_text_input": True,
        },
        num_query_tokens=queries,
        attn_implementation="sdpa",
    )
    model = Blip2ForImageTextRetrieval(config)
    torch.nn.init.normal_(model.query_tokens, std=0.02)  # they begin with zeros
    assert model.qformer.config._attn_implementation == "sdpa"
    return model


def run_published(
    model: Blip2ForImageTextRetrieval, features: Tensor, ids: Tensor, mask: Tensor
) -> Tensor:
    """Give transformers' tokens, (batch, queries + text tokens, width)."""
    queries = model.query_tokens.expand(len(features), -1, -1)
    return model.qformer(
        query_embeds=model.embeddings(input_ids=ids, query_embeds=queries),
        query_length=queries.shape[1],
        attention_mask=mask,
        encoder_hidden_states=model.vision_model.post_layernorm(features),
    ).last_hidden_state


def compare(size: tuple[int, ...], rounds: int) -> Times:
    """Time both models of one size, `rounds` times each."""
    queries, width, _, _, image_tokens, image_width, tokens, batch = size
    theirs = new_model(size).train()
    ours = QFormer.from_transformers(theirs).train()
    features = torch.randn(batch, image_tokens, image_width)
    ids = torch.randint(1, VOCABULARY, (batch, tokens))
    lengths = torch.randint(tokens // 2, tokens + 1, (batch, 1))
    mask = multimodal_causal_mask(queries, torch.arange(tokens) < lengths)
    wanted = torch.randn(batch, queries + tokens, width)
    outputs: dict[str, Callable[[], Tensor]] = {
        "ours": lambda: torch.cat(ours(features, ids, mask), dim=1),
        "transformers": lambda: run_published(theirs, features, ids, mask),
    }
    found, expected = (output() for output in outputs.values())
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    losses = {
        name: lambda output=output: (output() - wanted).square().mean()
        for name, output in outputs.items()
    }
    return interleave(losses, (ours, theirs), rounds)


if __name__ == "__main__":
    compare_sizes(__doc__.splitlines()[0], SIZES, compare)
