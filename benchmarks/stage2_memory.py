"""Measure the memory of a training step of stage 2 with SmolLM2, on this machine.

    python benchmarks/stage2_memory.py [--batch 14] [--captions 1] [--parts 1]

A step is what `checkpoints/blip2-flickr8k/train.py` does: a bridge turns features of
photographs into 16 soft prompts, the frozen SmolLM2 reads worked examples, them, and a
caption of each photograph, and AdamW changes the bridge. It is measured in a
process of its own, since a process never gives back its peak of resident memory. What
the forward pass keeps for the backward pass is counted tensor by tensor. Features and
captions are made up; their numbers and lengths are as in Flickr8k.

With `--parts 2` the photographs come in two halves, one after the other, whose
gradients add up to that of the batch: less is kept at a time.
"""

import argparse
import json
import resource
import subprocess
import sys
import time

PARTS = {
    "libraries": "Python and its libraries",
    "weights": "weights: SmolLM2's and the bridge's",
    "kept": "what the forward pass keeps for the backward pass",
    "passing": "what comes and goes on top of that, at the worst moment",
}


def peak_megabytes() -> float:
    """Give the most memory that this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def measure(
    batch: int, each: int, tokens: int, parts: int, threads: int
) -> dict[str, float]:
    """Take a step in this process; give what its peak consists of, and its time."""
    import torch

    from multimodal.blip2 import Bridge, BridgeConfig
    from multimodal.course_blip2 import photograph_style
    from multimodal.frozen_language_model import FrozenLanguageModel, batch_answers
    from multimodal.prompts import (
        caption_prompt,
        encode_opening,
        encode_prompts,
        end_token,
    )
    from multimodal.qformer import QFormerConfig
    from multimodal.smollm2 import load_smollm2
    from multimodal.training import Recipe, parameter_groups

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    libraries = peak_megabytes()
    model, tokenizer = load_smollm2()
    style = photograph_style()
    language = FrozenLanguageModel(model, encode_opening(tokenizer, style))
    qformer = QFormerConfig(16, 256, 4, 4, image_width=1280, dropout=0.1)
    bridge = Bridge(BridgeConfig(qformer, language.width)).train()
    weights = [*language.parameters(), *bridge.parameters()]
    sum(weight.detach().sum() for weight in weights)  # now they are in memory
    loaded = peak_megabytes()
    optimizer = torch.optim.AdamW(parameter_groups(bridge, Recipe(1).weight_decay))
    (request,) = encode_prompts(tokenizer, [caption_prompt(style)], style)
    photographs = batch // parts  # at a time
    number = photographs * each
    answers = torch.randint(tokenizer.vocab_size, (number, tokens)).tolist()
    end = end_token(tokenizer, style)
    texts = batch_answers([[]] * number, answers, end, end)
    features = torch.randn(photographs, 49, 1280)
    start = time.perf_counter()
    for _ in range(parts):
        loss = language.shared_loss(bridge(features), texts, request)
        (loss / parts).backward()
    optimizer.step()
    seconds, peak = time.perf_counter() - start, peak_megabytes()
    kept = {weight.untyped_storage().data_ptr(): 0 for weight in weights}

    def count(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        kept.setdefault(storage.data_ptr(), storage.nbytes())
        return tensor

    # once more, since to count costs memory, too
    with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
        loss = language.shared_loss(bridge(features), texts, request)
    kept_megabytes = sum(kept.values()) / 2**20
    return {
        "libraries": libraries,
        "weights": loaded - libraries,
        "kept": kept_megabytes,
        "passing": peak - loaded - kept_megabytes,
        "peak": peak,
        "seconds": seconds,
        # four bytes for each place of a caption and each word of the vocabulary
        "logits": texts.ids.numel() * model.config.vocab_size * 4 / 2**20,
        "frozen": sum(p.numel() for p in language.parameters()) / 1e6,
        "trained": sum(p.numel() for p in bridge.parameters()) / 1e6,
    }


def main() -> None:
    """Measure a step in a child process, and print what its memory consists of."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=14, help="photographs")
    parser.add_argument("--captions", type=int, default=1, help="of each photograph")
    parser.add_argument("--tokens", type=int, default=24, help="of the longest caption")
    parser.add_argument("--parts", type=int, default=1, help="of a batch, in turn")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--child", action="store_true", help="measure in this process")
    arguments = parser.parse_args()
    batch, each = arguments.batch, arguments.captions
    tokens, parts, threads = arguments.tokens, arguments.parts, arguments.threads
    if batch % parts:
        parser.error(f"{batch} photographs can't be cut into {parts} equal parts")
    if arguments.child:
        print(json.dumps(measure(batch, each, tokens, parts, threads)))
        return
    command = [sys.executable, __file__, *sys.argv[1:], "--child"]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    result = json.loads(printed.stdout)
    print(
        f"{batch} photographs with {each} captions of {tokens} tokens each, in "
        f"{parts} part(s), {threads} thread(s), fp32"
    )
    print(
        f"trained: {result['trained']:.1f} million parameters of the bridge; frozen: "
        f"{result['frozen']:.1f} million of SmolLM2"
    )
    for part, what in PARTS.items():
        print(f"  {result[part]:6.0f} MiB  {what}")
    print(f"  {result['peak']:6.0f} MiB  peak ({result['peak'] / 953.67:.2f} GB)")
    print(
        f"  The logits alone are {result['logits']:.0f} MiB, each time they are held."
    )
    print(f"  The step took {result['seconds']:.1f} s.")


if __name__ == "__main__":
    main()
