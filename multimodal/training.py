"""One training loop for all models of the book, on a CPU, a GPU or many GPUs."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from accelerate import Accelerator, PartialState
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm


@dataclass(frozen=True)
class Recipe:
    """How to train a model.

    Args:
        steps: number of updates.
        batch_size: examples in each update, over all processes together.
        learning_rate: the highest one, reached after the warm-up.
        warmup: updates in which the learning rate rises from zero; afterwards it
            falls to zero along half a cosine.
        weight_decay: how strongly AdamW pulls matrices towards zero; biases, norms
            and embeddings are left alone.
        label_smoothing: share of the target spread evenly over all classes.
        clip: longest gradient that an update may follow.
        seed: draws the batches and the augmentation.
    """

    steps: int
    batch_size: int = 256
    learning_rate: float = 1e-3
    warmup: int = 50
    weight_decay: float = 0.05
    label_smoothing: float = 0.0
    clip: float = 1.0
    seed: int = 0


def learning_rate_at(step: int, recipe: Recipe) -> float:
    """Give the learning rate of an update: linear warm-up, then half a cosine."""
    if step < recipe.warmup:
        return recipe.learning_rate * (step + 1) / recipe.warmup
    progress = (step - recipe.warmup) / max(1, recipe.steps - recipe.warmup)
    return recipe.learning_rate * (1 + math.cos(math.pi * progress)) / 2


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict]:
    """Split the parameters: weight decay for the matrices of layers, none for others.

    Position and class embeddings are matrices in shape only, so that what counts is
    whether a parameter is the weight of a linear or convolutional layer.
    """
    layers = [m for m in model.modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    weights = {id(layer.weight) for layer in layers}
    decayed = [p for p in model.parameters() if id(p) in weights]
    others = [p for p in model.parameters() if id(p) not in weights]
    return [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


def batch_indices(step: int, size: int, recipe: Recipe) -> Tensor:
    """Draw the examples of an update: every epoch goes once through a new shuffle.

    It depends on the step and the seed alone, so an interrupted training goes on with
    the same batches.

    Args:
        step: number of the update.
        size: number of examples there are.

    Returns:
        `batch_size` indices, int64; fewer if there are not as many examples.
    """
    per_epoch = max(1, size // recipe.batch_size)
    epoch, part = divmod(step, per_epoch)
    generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + epoch)
    order = torch.randperm(size, generator=generator)
    return order[part * recipe.batch_size : (part + 1) * recipe.batch_size]


def to_float(images: Tensor) -> Tensor:
    """Turn bytes (0..255) into numbers between -1 and 1, as the models expect them."""
    return images.float() / 127.5 - 1


def update(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss: Tensor,
    step: int,
    recipe: Recipe,
    accelerator: Accelerator,
) -> float:
    """Change a model's weights once, against the gradient of a loss.

    Args:
        loss: of a batch, with its graph.
        step: number of this update; gives the learning rate.
    Returns:
        The loss, as a number.
    """
    for group in optimizer.param_groups:
        group["lr"] = learning_rate_at(step, recipe)
    optimizer.zero_grad()
    accelerator.backward(loss)
    accelerator.clip_grad_norm_(model.parameters(), recipe.clip)
    optimizer.step()
    return loss.item()


def train(
    model: nn.Module,
    batch_loss: Callable[[nn.Module, int], Tensor],
    recipe: Recipe,
    on_step: Callable[[int, float], None] | None = None,
    folder: Path | None = None,
    after_update: Callable[[], None] | None = None,
) -> list[float]:
    """Train a model by any loss, on a CPU, a GPU or many GPUs.

    Args:
        model: is moved to the device, and left in evaluation mode.
        batch_loss: gives the loss of a model on the batch of a step. On many GPUs
            each process calls it and takes its own share of the batch.
        recipe: steps, batch size, learning rate and so on.
        on_step: called after each step with its number and its loss.
        folder: keeps an unfinished training, which the next call goes on with.
        after_update: called after each update, to keep weights within their bounds.
    Returns:
        The loss of every step.
    """
    accelerator = Accelerator()  # finds the GPU, or all of them, or takes the CPU
    groups = parameter_groups(model, recipe.weight_decay)
    optimizer = torch.optim.AdamW(groups, lr=recipe.learning_rate)
    unfinished = UnfinishedTraining(folder, recipe)
    losses = unfinished.restore(model, optimizer)
    parallel, optimizer = accelerator.prepare(model.train(), optimizer)
    rank = accelerator.process_index
    bar = tqdm(total=recipe.steps, initial=len(losses), disable=rank > 0, mininterval=1)
    for step in range(len(losses), recipe.steps):
        torch.manual_seed(hash((recipe.seed, step, rank)))  # augmentation and dropout
        loss = batch_loss(parallel, step)
        losses.append(update(parallel, optimizer, loss, step, recipe, accelerator))
        if after_update:
            after_update()
        bar.update()
        bar.set_postfix(loss=f"{losses[-1]:.2f}", refresh=False)
        if on_step:
            on_step(step, losses[-1])
        if accelerator.is_main_process:
            unfinished.save(model, optimizer, losses)
    bar.close()
    unfinished.remove()
    model.eval()
    return losses


def report_means(every: int, names: Sequence[str]) -> Callable[[int, object], None]:
    """Make an `on_step` that prints the mean losses now and then, for long trainings.

    Args:
        every: updates between two lines; the means are over these.
        names: of the loss, or of the losses if each step has several.
    """
    state, losses = PartialState(), []

    def on_step(step: int, loss: object) -> None:
        losses.append(loss)
        if (step + 1) % every == 0 and state.is_main_process:
            means = torch.tensor(losses[-every:]).reshape(-1, len(names)).mean(dim=0)
            pairs = zip(names, means.tolist(), strict=True)
            print(step + 1, *(f"{name} {mean:.3f}" for name, mean in pairs), flush=True)

    return on_step


def train_classifier(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    recipe: Recipe,
    augment: Callable[[Tensor], Tensor] | None = None,
    on_step: Callable[[int, float], None] | None = None,
    folder: Path | None = None,
) -> list[float]:
    """Train a classifier on images held in memory as bytes.

    Args:
        model: maps float images (batch, 3, side, side) to logits (batch, classes).
        images: uint8 (examples, 3, side, side).
        labels: int64 (examples,).
        recipe: steps, batch size, learning rate and so on.
        augment: changes a batch of float images at random.
        on_step, folder: as for `train`.
    Returns:
        The loss of every step: the mean cross-entropy, in nats.
    """
    state = PartialState()  # which process of how many this is

    def batch_loss(model: nn.Module, step: int) -> Tensor:
        batch = batch_indices(step, len(images), recipe)
        batch = batch[state.process_index :: state.num_processes]
        inputs = to_float(images[batch].to(state.device))
        inputs = augment(inputs) if augment else inputs
        targets = labels[batch].to(state.device)
        smoothing = recipe.label_smoothing
        return F.cross_entropy(model(inputs), targets, label_smoothing=smoothing)

    return train(model, batch_loss, recipe, on_step, folder)


class UnfinishedTraining:
    """Keep a training on disk now and then, so that it can go on after a break.

    Args:
        folder: where; None keeps nothing.
        recipe: a training goes on only with the recipe that it was begun with.
        every_seconds: pause between two states.
    """

    def __init__(self, folder: Path | None, recipe: Recipe, every_seconds: float = 60):
        self.file = Path(folder) / "interrupted" / "training.pt" if folder else None
        self.recipe = asdict(recipe)
        self.every_seconds = every_seconds
        self.saved = time.monotonic()

    def restore(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> list:
        """Load the state, if there is one, and return the losses so far.

        Raises:
            ValueError: the state on disk was begun with another recipe.
        """
        if self.file is None or not self.file.exists():
            return []
        state = torch.load(self.file, map_location="cpu", weights_only=True)
        if state["recipe"] != self.recipe:
            raise ValueError(
                f"{self.file} is a training with another recipe, {state['recipe']}; "
                "delete it to start anew"
            )
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        return state["losses"]

    def save(
        self, model: nn.Module, optimizer: torch.optim.Optimizer, losses: list[float]
    ) -> None:
        """Write the state, if the last one is old enough; never half of one."""
        if self.file is None or time.monotonic() - self.saved < self.every_seconds:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        partial = self.file.with_suffix(".partial")
        state = {
            "recipe": self.recipe,
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "losses": losses,
        }
        torch.save(state, partial)
        partial.replace(self.file)
        self.saved = time.monotonic()

    def remove(self) -> None:
        """Delete the state of a training that has ended."""
        if self.file is not None:
            self.file.unlink(missing_ok=True)


@torch.inference_mode()
def predict(model: nn.Module, images: Tensor, batch_size: int = 250) -> Tensor:
    """Give the logits of images held as bytes, with the model in evaluation mode.

    Args:
        model: maps float images (batch, 3, side, side) to logits (batch, classes).
        images: uint8 (examples, 3, side, side).
        batch_size: images in one pass; the result does not depend on it.
    Returns:
        (examples, classes), on the CPU.
    """
    training, device = model.training, next(model.parameters()).device
    model.eval()
    batches = images.split(batch_size)
    logits = [model(to_float(batch.to(device))).cpu() for batch in batches]
    model.train(training)
    return torch.cat(logits)


def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Give the share of images whose highest logit is that of their label (top-1)."""
    return (predict(model, images).argmax(dim=1) == labels).float().mean().item()
