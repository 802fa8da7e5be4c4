"""Time a step of stage 1 with kept image features, and with the frozen encoder in it.

    python benchmarks/feature_caching.py [--batch 64] [--rounds 10] [--threads 1]

The encoder is frozen: it makes the same of an image in every epoch, so that it can look
once, and never again. A step is forward, the three losses and backward of a Q-Former of
the course weights' size. Without kept features, scenes come as pixels in memory and go
through the image tower of chapter 4; photographs (scikit-image's, as files of
Flickr8k's size) are decoded, resized, and go through EfficientNet-Lite0. Each round
times both ways, in an order that turns from round to round; the ratio is the median
over the rounds of (time with the encoder / time without it). To keep features costs one
pass through the images: it has paid for itself after the first epoch.
"""

import argparse
import io
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from multimodal.blip2_stage1 import Blip2Stage1, Stage1Config
from multimodal.checkpoints import course_weights
from multimodal.clip import CLIP
from multimodal.emoji_scenes import EmojiScenes
from multimodal.photograph_encoder import PhotographEncoder, encode_files
from multimodal.photographs import PHOTOGRAPHS, photograph
from multimodal.qformer import QFormerConfig, real_tokens
from multimodal.scene_features import frozen_image_tower
from multimodal.training import to_float

TOKENS = 24  # of a caption, START and END included


def scene_encoder(batch: int) -> Callable[[], Tensor]:
    """Give the way from scenes in memory, as bytes, to features."""
    clip = CLIP.load(course_weights("clip-emoji-scenes"))
    tower = frozen_image_tower(clip)
    pixels = np.stack([scene.pixels for scene in EmojiScenes("validation", batch)])
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2)
    return torch.inference_mode()(lambda: tower.tokens(to_float(images)).half())


def photograph_encoder(batch: int) -> Callable[[], Tensor]:
    """Give the way from files of photographs to features."""
    encoder, files = PhotographEncoder(), []
    for name in PHOTOGRAPHS:
        stream = io.BytesIO()
        photograph(name).resize((500, 375)).save(stream, "JPEG", quality=90)
        files.append(stream.getvalue())
    files = [files[number % len(files)] for number in range(batch)]
    return lambda: torch.from_numpy(encode_files(encoder, files, mirrored=False))


ENCODERS = {  # and of the Q-Former: queries, width, image width, words
    "scenes": (scene_encoder, (8, 128, 128, 1115)),
    "photographs": (photograph_encoder, (16, 256, 1280, 3001)),
}


def new_model(queries: int, width: int, image_width: int, words: int) -> Blip2Stage1:
    """Make a Q-Former with the heads of stage 1."""
    torch.manual_seed(0)
    qformer = QFormerConfig(queries, width, 4, 4, image_width, words, TOKENS)
    return Blip2Stage1(Stage1Config(qformer, embedding_width=width)).train()


def compare(
    encode: Callable[[], Tensor], sizes: tuple[int, ...], batch: int, rounds: int
) -> dict[str, list[float]]:
    """Time both ways, `rounds` times each."""
    model = new_model(*sizes)
    end = sizes[-1] - 2  # the last number is [DEC]
    ids = torch.randint(end, (batch, TOKENS))
    lengths = torch.randint(TOKENS // 2, TOKENS, (batch, 1))
    ids = ids.masked_fill(torch.arange(TOKENS) >= lengths, end)
    kept = encode()
    ways = {"kept features": lambda: kept, "the encoder": encode}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in tqdm(range(-2, rounds), leave=False):  # the first ones warm up
        for name in sorted(ways, reverse=number % 2 == 0):
            start = time.perf_counter()
            features = ways[name]().float()
            model(features, ids, real_tokens(ids, end)).total.backward()
            seconds = time.perf_counter() - start
            if number >= 0:
                times[name].append(seconds)
            model.zero_grad()
    return times


def main() -> None:
    """Print medians and the ratio for scenes and for photographs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    sizes = f"batch of {arguments.batch}, {arguments.rounds} rounds"
    print(f"stage 1, {sizes}, {arguments.threads} thread(s), fp32")
    for title, (new_encoder, sizes) in ENCODERS.items():
        encode = new_encoder(arguments.batch)
        times = compare(encode, sizes, arguments.batch, arguments.rounds)
        print(title)
        for name, seconds in times.items():
            print(
                f"  with {name:14} {1000 * statistics.median(seconds):7.1f} ms a step"
            )
        pairs = zip(times["the encoder"], times["kept features"], strict=True)
        low, middle, high = statistics.quantiles((a / b for a, b in pairs), n=4)
        print(f"  ratio {middle:.2f} (quartiles {low:.2f} to {high:.2f})", flush=True)


if __name__ == "__main__":
    main()
