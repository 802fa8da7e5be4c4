"""Compare gradient caching with the whole batch at once: memory and time.

    python benchmarks/gradient_caching.py [--batch 512] [--chunk 64] [--rounds 3]

For the record beside the course weights, which chapter 4 shows:

    python benchmarks/gradient_caching.py --batch 128 256 512 \
        --record checkpoints/clip-emoji-scenes/gradient_caching.json

Both find the gradient of the same batch for a CLIP of the course weights' size. Each
measurement runs in a process of its own, since a process never gives back its peak of
memory. Memory is the peak above what the process held before the step, with the model
and the batch in it; time is the processor's, so that other programs do not count, the
median of three more steps. Rounds alternate both ways.

Chunks take one more forward pass, a third more work. They can still be the faster way
where a process gets its large tensors from the system anew in each step, as on Linux,
which costs time; MALLOC_MMAP_THRESHOLD_=4000000000 MALLOC_TRIM_THRESHOLD_=8000000000
in front of the command lets it keep them.
"""

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

WAYS = ("whole batch", "chunks")


def measure(way: str, batch: int, chunk: int, threads: int) -> dict[str, float]:
    """Take a step in this process for the memory, and three more for the time."""
    import torch

    from multimodal.clip import CLIP, CLIPConfig, ImageTowerConfig, TextTowerConfig
    from multimodal.contrastive import backward_in_chunks, contrastive_loss

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    image = ImageTowerConfig(64, 8, width=128, layers=4, heads=4)
    text = TextTowerConfig(1114, 32, width=128, layers=2, heads=4)
    model = CLIP(CLIPConfig(image, text, embedding_width=128)).train()
    ids = torch.randint(1112, (batch, 24))
    ids[:, -1] = 1113  # END
    images = torch.randn(batch, 3, 64, 64)

    def step(pairs: int) -> float:
        if way == "chunks":
            return backward_in_chunks(model, images[:pairs], ids[:pairs], chunk).item()
        loss = contrastive_loss(*model(images[:pairs], ids[:pairs]))
        loss.backward()
        return loss.item()

    step(2)  # threads and buffers are there now
    before = peak_megabytes()
    model.zero_grad()
    loss = step(batch)
    memory = peak_megabytes() - before
    gradient = sum(p.grad.double().square().sum() for p in model.parameters()).sqrt()
    seconds = []
    for _ in range(3):
        start = time.process_time()
        step(batch)
        seconds.append(time.process_time() - start)
    return {
        "megabytes": memory,
        "seconds": statistics.median(seconds),
        "loss": loss,
        "gradient": gradient.item(),
    }


def peak_megabytes() -> float:
    """Give the most memory that this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def compare(batch: int, chunk: int, rounds: int, threads: int) -> dict:
    """Measure both ways in turn; give the medians of each, and their ratios."""
    results: dict[str, list[dict]] = {way: [] for way in WAYS}
    sizes = {"--batch": batch, "--chunk": chunk, "--threads": threads}
    options = [str(part) for option in sizes.items() for part in option]
    for number in range(rounds):
        for way in WAYS if number % 2 == 0 else reversed(WAYS):
            command = [sys.executable, __file__, *options, "--way", way]
            printed = subprocess.run(command, check=True, stdout=subprocess.PIPE)
            results[way].append(json.loads(printed.stdout))
    medians = {
        way: {
            name: statistics.median(result[name] for result in measured)
            for name in measured[0]
        }
        for way, measured in results.items()
    }
    rounds_of_both = list(zip(*results.values(), strict=True))
    ratios = {
        name: statistics.median(b[name] / a[name] for a, b in rounds_of_both)
        for name in ("megabytes", "seconds")
    }
    return {"batch": batch, **medians, "chunks / whole batch": ratios}


def main() -> None:
    """Compare both ways for each size of a batch; print it, and keep it if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, nargs="+", default=[512])
    parser.add_argument("--chunk", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--record", type=Path, help="a JSON file for the numbers")
    parser.add_argument("--way", choices=WAYS, help="measure one way, in this process")
    arguments = parser.parse_args()
    chunk, threads = arguments.chunk, arguments.threads
    if arguments.way:
        print(json.dumps(measure(arguments.way, arguments.batch[0], chunk, threads)))
        return
    record = {
        "command": "python benchmarks/gradient_caching.py --batch "
        + " ".join(map(str, arguments.batch)),
        "machine": f"CPU ({platform.machine()}), {threads} thread(s), fp32",
        "chunk": chunk,
        "rounds": arguments.rounds,
        "table": [],
    }
    print(f"chunks of {chunk}, {arguments.rounds} rounds, {record['machine']}")
    for batch in arguments.batch:
        row = compare(batch, chunk, arguments.rounds, threads)
        record["table"].append(row)
        for way in WAYS:
            one = row[way]
            print(
                f"  {batch} pairs, {way:12} {one['megabytes']:7.0f} MB "
                f"{one['seconds']:7.2f} s   loss {one['loss']:.6f}, "
                f"length of the gradient {one['gradient']:.6f}"
            )
        ratio = row["chunks / whole batch"]
        print(
            f"  chunks / whole batch: memory {ratio['megabytes']:.2f}, "
            f"time {ratio['seconds']:.2f}",
            flush=True,
        )
    if arguments.record:
        text = json.dumps(record, indent=2) + "\n"
        arguments.record.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
