"""Train the photographs' CLIP of chapter 4: frozen encoder, text tower from scratch.

    python checkpoints/clip-flickr8k/train.py [--steps N] [--out FOLDER]
    accelerate launch checkpoints/clip-flickr8k/train.py        # on many GPUs

The photographs come from the hub (`jxie/flickr8k`); `--data FOLDER` reads its Parquet
files from a folder. What the encoder makes of them is computed once and kept in the
folder that the variable FEATURE_CACHE names (1.8 GB; it takes some minutes). An
interrupted training goes on where it stopped when it is started again.
"""

import argparse
import sys
import time
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import PartialState
from torch import Tensor, nn

from multimodal.caption_batches import CaptionBatches
from multimodal.checkpoints import device_name, write_card
from multimodal.clip import TextTowerConfig
from multimodal.contrastive import contrastive_loss
from multimodal.flickr8k import Flickr8k
from multimodal.locked_clip import (
    LockedCLIP,
    LockedCLIPConfig,
    measure_photographs,
)
from multimodal.photograph_encoder import PhotographEncoder, photograph_features
from multimodal.photographs import open_image
from multimodal.retrieval import chance_recall
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe, train

HERE = Path(__file__).parent
STEPS = 600
MERGES = 4000
WORD_DROPOUT = 0.1
PART = 100  # test photographs on which the weights can be measured again soon
PUBLISHED = {  # test split; R@1, R@5, R@10 and median rank, i2t, then t2i
    "Kiros et al., 2014 (VGG-19 features, LSTM)": {
        "i2t": [0.180, 0.409, 0.550, 8],
        "t2i": [0.125, 0.370, 0.515, 10],
        "source": "https://github.com/ryankiros/visual-semantic-embedding",
    },
    "the same, measured later by the authors": {  # with the code that they published
        "i2t": [0.223, 0.487, 0.598, 6],
        "t2i": [0.149, 0.383, 0.516, 10],
        "source": "https://github.com/ryankiros/visual-semantic-embedding",
    },
}


def learn_tokenizer(captions: list[tuple[str, ...]]) -> Tokenizer:
    """Learn the tokens from the captions of the train split."""
    texts = [text for own in captions for text in own]
    return Tokenizer.learn(texts, MERGES, context_length=32)


def new_model(tokenizer: Tokenizer, image_width: int) -> LockedCLIP:
    """Make the head for photographs and the text tower, with new weights."""
    text = TextTowerConfig(
        len(tokenizer),
        tokenizer.context_length,
        width=256,
        layers=1,
        heads=4,
        dropout=0.2,
    )
    options = {"image_width": image_width, "image_heads": 4, "image_dropout": 0.3}
    return LockedCLIP(LockedCLIPConfig(text, embedding_width=256, **options))


def train_locked_clip(
    model: LockedCLIP, batches: CaptionBatches, recipe: Recipe, **options
) -> list[float]:
    """Train on batches of encoded photographs and return the loss of each step."""
    state = PartialState()  # which process of how many this is

    def batch_loss(model: nn.Module, step: int) -> Tensor:
        own = slice(state.process_index, None, state.num_processes)
        maps, ids = (part[own].to(state.device) for part in batches(step))
        return contrastive_loss(*model(maps, ids))

    after_update = model.clamp_logit_scale
    return train(model, batch_loss, recipe, after_update=after_update, **options)


def chance(photographs: int, captions: int) -> dict[str, float]:
    """Give the recall of a random order among the test photographs."""
    owners = torch.arange(photographs).repeat_interleave(captions)
    own = owners == torch.arange(photographs)[:, None]
    return {
        f"{way} R@{k}": round(chance_recall(right, k), 4)
        for way, right in (("i2t", own), ("t2i", own.T))
        for k in (1, 5, 10)
    }


def main() -> None:
    """Train, measure, and write the weights with their card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with the Parquet files")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the result")
    arguments = parser.parse_args()
    recipe = Recipe(arguments.steps, 256, 2e-3, warmup=50, weight_decay=0.2)
    try:
        data = {
            split: Flickr8k(split, arguments.data)
            for split in ("train", "validation", "test")
        }
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    state = PartialState()
    encoder = PhotographEncoder().to(state.device)
    with state.main_process_first():  # the others find the features in the cache
        maps = photograph_features(encoder, data["train"].files)
        mirrored = photograph_features(encoder, data["train"].files, mirrored=True)
    tokenizer = learn_tokenizer(data["train"].captions)
    batches = CaptionBatches(
        maps, data["train"].captions, tokenizer, recipe, mirrored, WORD_DROPOUT
    )
    torch.manual_seed(recipe.seed)
    model = new_model(tokenizer, maps.shape[2])
    resumed = (arguments.out / "interrupted" / "training.pt").exists()
    start = time.monotonic()
    train_locked_clip(model, batches, recipe, folder=arguments.out)
    minutes = (time.monotonic() - start) / 60
    if not state.is_main_process:
        return
    model.cpu().save(arguments.out)
    tokenizer.save(arguments.out)
    metrics = {}
    for split in ("validation", "test"):
        captions = data[split].captions
        maps = photograph_features(encoder, data[split].files)
        metrics[split] = measure_photographs(model, tokenizer, maps, captions)
    part = measure_photographs(model, tokenizer, maps[:PART], captions[:PART])
    metrics[f"first {PART} of test"] = part
    metrics = {
        name: {key: round(value, 4) for key, value in measured.items()}
        for name, measured in metrics.items()
    }
    write_card(
        arguments.out,
        model="CLIP for photographs: EfficientNet-Lite0, frozen, and a text tower "
        "from scratch; the weights are those of the tower and of the image head",
        parameters=sum(p.numel() for p in model.parameters()),
        data=f"Flickr8k, the {len(data['train'])} photographs of the train split and "
        "their mirror images, five captions each",
        photograph_size=list(open_image(data["train"].files[0]).size),
        recipe=asdict(recipe),
        merges=MERGES,
        word_dropout=WORD_DROPOUT,
        seed=recipe.seed,
        metrics=metrics,
        pool=len(captions),
        captions_each=len(captions[0]),
        chance=chance(len(captions), len(captions[0])),
        evaluation="every photograph against all captions of the split and every "
        "caption against all photographs; the recipe was chosen on the validation "
        "split, test measured once, after the last update",
        published=PUBLISHED,
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
