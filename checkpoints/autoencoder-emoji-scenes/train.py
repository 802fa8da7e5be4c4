"""Train the first stage of the generator of chapter 4: an autoencoder for scenes.

    python checkpoints/autoencoder-emoji-scenes/train.py [--steps N] [--out FOLDER]

The scenes are made while it trains, and none comes twice. An interrupted training
goes on where it stopped when it is started again.
"""

import argparse
import time
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import PartialState
from torch import Tensor, nn

from multimodal.autoencoder import Autoencoder, AutoencoderConfig
from multimodal.checkpoints import device_name, write_card
from multimodal.emoji_scenes import KINDS, EmojiScenes
from multimodal.scene_pairs import scene_tensors
from multimodal.training import Recipe, to_float, train

HERE = Path(__file__).parent
SEED = 1  # of the scenes
POOL = 1000


def scene_batch(step: int, batch_size: int, split: str = "train") -> Tensor:
    """Render the scenes of a step, as bytes; with several processes, one's share."""
    state, scenes = PartialState(), EmojiScenes(split, 2**62, SEED, kinds=KINDS)
    chosen = scenes[step * batch_size : (step + 1) * batch_size]
    own = chosen[state.process_index :: state.num_processes]
    return scene_tensors([scene.graph for scene in own])


def train_autoencoder(model: Autoencoder, recipe: Recipe, **options) -> list[float]:
    """Train an autoencoder on a stream of scenes and return the loss of each step."""
    device = PartialState().device

    def batch_loss(model: nn.Module, step: int) -> Tensor:
        images = to_float(scene_batch(step, recipe.batch_size).to(device))
        return (model(images) - images).abs().mean()

    return train(model, batch_loss, recipe, **options)


@torch.inference_mode()
def measure(model: Autoencoder, split: str) -> dict[str, float]:
    """Measure the mistakes of the images that come back, in units of 0 to 255."""
    images = to_float(scene_batch(0, POOL, split))
    back = torch.cat([model(part).clamp(-1, 1) for part in images.split(250)])
    difference = (back - images) * 127.5
    mean_square = difference.square().mean()
    return {
        "mean absolute error": round(difference.abs().mean().item(), 3),
        "PSNR": round(10 * torch.log10(255**2 / mean_square).item(), 2),
    }


def main() -> None:
    """Train, measure, and write the weights with their card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the result")
    arguments = parser.parse_args()
    recipe = Recipe(
        arguments.steps, batch_size=32, learning_rate=3e-3, warmup=50, weight_decay=0.01
    )

    torch.manual_seed(recipe.seed)
    model, state = Autoencoder(AutoencoderConfig()), PartialState()
    resumed = (arguments.out / "interrupted" / "training.pt").exists()
    start = time.monotonic()
    train_autoencoder(model, recipe, folder=arguments.out)
    minutes = (time.monotonic() - start) / 60
    if not state.is_main_process:
        return
    model = model.cpu()
    metrics = {split: measure(model, split) for split in ("validation", "S0", "S1")}
    model.save(arguments.out)
    write_card(
        arguments.out,
        model="Autoencoder, from scratch: scenes to 8 x 8 x 8 numbers and back",
        parameters=sum(p.numel() for p in model.parameters()),
        data=f"EmojiScenes, {recipe.steps * recipe.batch_size} scenes of the train "
        f"split, seed {SEED}, all kinds",
        recipe=asdict(recipe),
        seed=recipe.seed,
        metrics=metrics,
        evaluation=f"the first {POOL} scenes of each split, seed {SEED}; errors in "
        "units of 0 to 255",
        minutes=None if resumed else round(minutes, 1),
        trained_on=device_name(),
        licence="CC BY-SA 4.0, with credit to Twemoji and OpenMoji",
        command=f"python checkpoints/{HERE.name}/train.py --steps {recipe.steps}",
    )
    print(metrics)


if __name__ == "__main__":
    main()
