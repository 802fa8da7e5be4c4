"""Time how much sooner a text is written when keys and values are kept.

    python benchmarks/generation_cache.py [--tokens 64] [--rounds 3] [--threads 1]

SmolLM2-135M-Instruct writes after the prompt that asks for a caption, with soft prompts
(random ones, as long as its own embeddings) in the place of an image: always the
likeliest token, and no END, so that the number of tokens is what was asked for. Each
round times both ways, in an order that turns from round to round; the ratio is the
median over the rounds of (time without the cache / time with it). That both write the
same tokens is checked in every round.
"""

import argparse
import statistics
import time

import torch
from torch import Tensor
from tqdm import tqdm

from multimodal.frozen_language_model import (
    FrozenLanguageModel,
    batch_prompts,
    embedding_norm,
)
from multimodal.prompts import (
    CHATML,
    caption_prompt,
    encode_opening,
    encode_prompts,
)
from multimodal.smollm2 import load_smollm2

WAYS = {"with the cache": True, "without it": False}


def new_prompt(
    language: FrozenLanguageModel, request: list[int], batch: int, queries: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Make soft prompts, and the text that comes after them."""
    torch.manual_seed(0)
    vectors = torch.randn(batch, queries, language.width)
    vectors *= embedding_norm(language) / language.width**0.5
    return vectors, *batch_prompts([request] * batch, padding_id=0)


def compare(
    language: FrozenLanguageModel,
    prompt: tuple[Tensor, Tensor, Tensor],
    tokens: int,
    rounds: int,
) -> dict[str, list[float]]:
    """Time both ways, `rounds` times each, and see that they write the same."""
    options = {"end_id": -1, "longest": tokens}
    language.generate(*prompt, end_id=-1, longest=2)  # warm up
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    for number in tqdm(range(rounds), leave=False):
        written = {}
        for name in sorted(WAYS, reverse=number % 2 == 0):
            start = time.perf_counter()
            written[name] = language.generate(*prompt, **options, use_cache=WAYS[name])
            times[name].append(time.perf_counter() - start)
        first, second = written.values()
        assert first.shape == (len(prompt[0]), tokens)
        assert torch.equal(first, second), "the cache has changed what is written"
    return times


def main() -> None:
    """Print medians and the ratio, for one image and for a few."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=int, default=64, help="tokens to write")
    parser.add_argument("--queries", type=int, default=16, help="soft prompts")
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model, tokenizer = load_smollm2()
    language = FrozenLanguageModel(model, encode_opening(tokenizer, CHATML))
    (request,) = encode_prompts(tokenizer, [caption_prompt(CHATML)], CHATML)
    before = language.opening.shape[1] + arguments.queries + len(request)
    print(
        f"SmolLM2-135M-Instruct, {arguments.tokens} tokens after {before}, "
        f"{arguments.rounds} rounds, {arguments.threads} thread(s), fp32"
    )
    for batch in arguments.batch:
        prompt = new_prompt(language, request, batch, arguments.queries)
        times = compare(language, prompt, arguments.tokens, arguments.rounds)
        print(f"batch of {batch}, the same tokens both ways")
        for name, seconds in times.items():
            print(f"  {name:14} {statistics.median(seconds):7.2f} s (median)")
        ratios = [
            without / with_cache
            for with_cache, without in zip(*times.values(), strict=True)
        ]
        middle = statistics.median(ratios)
        print(f"  ratio {middle:.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
