"""Stand for SmolLM2 in tests: a model and a tokenizer of its kinds, and nothing big."""

import torch
from transformers import LlamaConfig, LlamaForCausalLM


def small_llama() -> LlamaForCausalLM:
    """A Llama of width 16 with one layer and random weights."""
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 2, "max_position_embeddings": 256}
    return LlamaForCausalLM(LlamaConfig(vocab_size=600, **sizes, **heads)).eval()


class Letters:
    """A tokenizer with one token for each letter; END is 2."""

    eos_token_id = 2

    def __call__(self, text, add_special_tokens=True):
        return {"input_ids": [3 + ord(letter) % 500 for letter in text]}

    def decode(self, ids, skip_special_tokens=True):
        return "".join(chr(97 + number % 26) for number in ids)
