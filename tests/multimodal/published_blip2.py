"""Small BLIP-2 models of transformers, every parameter of which is random."""

import torch
from torch import nn
from transformers import (
    Blip2Config,
    Blip2ForConditionalGeneration,
    Blip2ForImageTextRetrieval,
)

VOCABULARY, CONTEXT = 30, 12


def randomise(model: nn.Module, generator: torch.Generator) -> None:
    """Draw every parameter: as they are made, the queries and the image are zero."""
    for name, parameter in model.named_parameters():
        values = torch.randn(parameter.shape, generator=generator)
        scale = 0.3 if parameter.ndim > 1 else 0.2
        is_norm = "norm" in name.lower() and name.endswith("weight")
        parameter.data = (1.0 if is_norm else 0.0) + scale * values


def draw_config(seed: int, **more) -> tuple[Blip2Config, torch.Generator]:
    """Draw the sizes of a BLIP-2."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*choices):
        return choices[torch.randint(len(choices), (), generator=generator)]

    heads, image_heads = draw(1, 2, 4), draw(1, 2)
    activation = draw("gelu", "gelu_pytorch_tanh")
    patch = draw(4, 8)
    config = Blip2Config(
        vision_config={
            "hidden_size": 8 * image_heads * draw(1, 2),
            "num_attention_heads": image_heads,
            "num_hidden_layers": draw(1, 2),
            "intermediate_size": draw(16, 40),
            "image_size": patch * draw(1, 2, 3),
            "patch_size": patch,
            "hidden_act": activation,
            "layer_norm_eps": draw(1e-6, 1e-3),
            "qkv_bias": draw(True, False),
        },
        qformer_config={
            "vocab_size": VOCABULARY,
            "max_position_embeddings": CONTEXT,
            "hidden_size": 8 * heads * draw(1, 2),
            "num_attention_heads": heads,
            "num_hidden_layers": draw(1, 2, 3, 4),
            "intermediate_size": draw(16, 40),
            "hidden_act": activation,
            "layer_norm_eps": draw(1e-12, 1e-3),
            "cross_attention_frequency": draw(1, 2, 2, 3),
            "use_qformer_text_input": "text_config" not in more,
        },
        num_query_tokens=draw(1, 3, 5),
        image_text_hidden_size=draw(8, 24),
        **more,
    )
    return config, generator


def published_retrieval(seed: int) -> Blip2ForImageTextRetrieval:
    """A BLIP-2 after stage 1: a Q-Former that reads text, projections, a head."""
    config, generator = draw_config(seed)
    model = Blip2ForImageTextRetrieval(config).eval()
    randomise(model, generator)
    return model


def published_blip2(seed: int) -> Blip2ForConditionalGeneration:
    """A BLIP-2 after stage 2, with an OPT or a Llama."""
    generator = torch.Generator().manual_seed(seed + 500)
    heads = int(torch.randint(1, 4, (), generator=generator))
    common = {
        "vocab_size": 40,
        "hidden_size": 8 * heads,
        "num_attention_heads": heads,
        "num_hidden_layers": 1 + seed % 3,
        "max_position_embeddings": 64,
        "bos_token_id": 0,
        "eos_token_id": 2,
        "pad_token_id": 1,
    }
    if seed % 2:
        text = {"model_type": "opt", "ffn_dim": 24, "word_embed_proj_dim": 8 * heads}
    else:
        text = {"model_type": "llama", "intermediate_size": 24}
        text |= {"num_key_value_heads": heads, "tie_word_embeddings": seed % 4 == 0}
    config, generator = draw_config(
        seed, text_config=common | text, image_token_index=39
    )
    model = Blip2ForConditionalGeneration(config).eval()
    randomise(model, generator)
    return model
