"""Train a Q-Former on photographs: BLIP-2's first stage, chapter 5.

    python checkpoints/blip2-stage1-flickr8k/train.py [--steps N] [--out FOLDER]
    accelerate launch checkpoints/blip2-stage1-flickr8k/train.py   # on many GPUs

The photographs come from the hub (`jxie/flickr8k`); `--data FOLDER` reads its Parquet
files from a folder. What the frozen encoder makes of them is computed once and kept in
the folder that the variable FEATURE_CACHE names. An interrupted training goes on where
it stopped when it is started again.
"""

import argparse
import sys
import time
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import PartialState
from torch import Tensor

from multimodal.blip2_stage1 import Blip2Stage1, Stage1Config
from multimodal.blip2_training import measure_stage1, train_stage1
from multimodal.caption_batches import CaptionBatches
from multimodal.caption_metrics import score_captions
from multimodal.checkpoints import course_weights, device_name, write_card
from multimodal.flickr8k import Flickr8k
from multimodal.photograph_encoder import PhotographEncoder, photograph_features
from multimodal.qformer import QFormerConfig
from multimodal.retrieval import own_captions
from multimodal.small_world import enlarge_weights
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe, report_means

HERE = Path(__file__).parent
STEPS, BATCH_SIZE = 1_600, 64
QUERIES, WIDTH, LAYERS, HEADS = 16, 192, 4, 4
PART = 100  # test photographs on which the weights can be measured again soon
MATCHED = 16  # photographs of a batch in ITM
LOOKED_AT = 16  # answers that ITM looks at once more


def new_model(tokenizer: Tokenizer, image_width: int) -> Blip2Stage1:
    """Make the Q-Former with its heads, with new weights."""
    sizes = (QUERIES, WIDTH, LAYERS, HEADS, image_width)
    words = (len(tokenizer) + 1, tokenizer.context_length)  # 1 for [DEC]
    qformer = QFormerConfig(*sizes, *words, dropout=0.1)
    model = Blip2Stage1(Stage1Config(qformer, embedding_width=256, matched=MATCHED))
    enlarge_weights(model, WIDTH)
    return model


def write(model: Blip2Stage1, tokenizer: Tokenizer, maps: Tensor) -> list[str]:
    """Let the Q-Former write a caption of each photograph by itself."""
    device = model.temperature.device
    end, longest = tokenizer.end_id, tokenizer.context_length
    return [
        tokenizer.decode(row)
        for part in maps.split(100)
        for row in model.write(part.to(device).float(), end, longest)[:, 1:]  # no [DEC]
    ]


def measure(
    model: Blip2Stage1, tokenizer: Tokenizer, data: Flickr8k, maps: Tensor
) -> dict:
    """Measure retrieval among photographs and all their captions, and new captions."""
    captions = data.captions[: len(maps)]
    ids = tokenizer([text for own in captions for text in own])
    own = own_captions(captions)
    measured = measure_stage1(model, maps, ids, own, tokenizer.end_id, LOOKED_AT)
    return {
        way: {name: round(value, 4) for name, value in numbers.items()}
        for way, numbers in measured.items()
    } | {"ITG": score_captions(write(model, tokenizer, maps), captions)}


def main() -> None:
    """Train, measure, and write the weights with their card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with the Parquet files")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the result")
    arguments = parser.parse_args()
    recipe = Recipe(arguments.steps, BATCH_SIZE, 1e-3, warmup=100, weight_decay=0.05)
    try:
        data = {split: Flickr8k(split, arguments.data) for split in ("train", "test")}
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    state = PartialState()
    encoder = PhotographEncoder().to(state.device)
    with state.main_process_first():  # the others find the features in the cache
        maps = photograph_features(encoder, data["train"].files)
        mirrored = photograph_features(encoder, data["train"].files, mirrored=True)
    tokenizer = Tokenizer.load(course_weights("clip-flickr8k"))
    captions = data["train"].captions
    batches = CaptionBatches(maps, captions, tokenizer, recipe, mirrored)
    torch.manual_seed(recipe.seed)
    model = new_model(tokenizer, maps.shape[2])
    resumed = (arguments.out / "interrupted" / "training.pt").exists()
    start = time.monotonic()

    options = {
        "on_step": report_means(50, ("ITC", "ITM", "ITG")),
        "folder": arguments.out,
    }
    train_stage1(model, batches, tokenizer.end_id, recipe, **options)
    minutes = (time.monotonic() - start) / 60
    if not state.is_main_process:
        return
    model.cpu().half().save(arguments.out)  # as it is measured
    model.float()
    tokenizer.save(arguments.out)
    maps = photograph_features(encoder, data["test"].files)
    metrics = {
        f"first {PART} of test": measure(model, tokenizer, data["test"], maps[:PART]),
        "test": measure(model, tokenizer, data["test"], maps),
    }
    write_card(
        arguments.out,
        model="Q-Former with the heads of BLIP-2's first stage, for EfficientNet-Lite0",
        parameters=sum(p.numel() for p in model.parameters()),
        data=f"Flickr8k, the {len(data['train'])} photographs of the train split and "
        "their mirror images, five captions each",
        recipe=asdict(recipe),
        seed=recipe.seed,
        metrics=metrics,
        pool=len(data["test"]),
        looked_at=LOOKED_AT,
        evaluation="every photograph against all captions of the split and every "
        "caption against all photographs, by ITC, and by ITM among the best of these; "
        "captions written by the Q-Former itself (ITG) against the five that people "
        "wrote, CIDEr-D and BLEU-4 in percent; the weights as they are kept, in half "
        "precision",
        minutes=None if resumed else round(minutes, 1),
        trained_on=device_name(),
        licence="for research and teaching: trained on the captions and photographs of "
        "Flickr8k, which are for that use; weights of the encoder (Apache 2.0) are "
        "not part of this",
        command=f"python checkpoints/{HERE.name}/train.py --steps {recipe.steps}",
    )
    print(metrics)


if __name__ == "__main__":
    main()
