"""The loss is CLIP's, its gradient is exact in chunks and over several processes."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from processes import run_in_processes
from torch import Tensor, distributed
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

from multimodal import contrastive
from multimodal.clip import CLIP, CLIPConfig, ImageTowerConfig, TextTowerConfig
from multimodal.contrastive import (
    backward_in_chunks,
    contrastive_loss,
    gather_with_gradient,
)

BATCH, PROCESSES = 12, 2


def unit_vectors(rows: int, width: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.randn(rows, width, generator=generator, dtype=torch.float64)
    return F.normalize(vectors, dim=-1)


def loss_by_loops(images: np.ndarray, texts: np.ndarray, scale: float) -> float:
    """Each image among all texts, each text among all images, one at a time."""
    batch, total = len(images), 0.0
    for i in range(batch):
        among_texts = sum(math.exp(scale * images[i] @ texts[j]) for j in range(batch))
        among_images = sum(math.exp(scale * images[j] @ texts[i]) for j in range(batch))
        right = math.exp(scale * images[i] @ texts[i])
        total -= math.log(right / among_texts) + math.log(right / among_images)
    return total / (2 * batch)


@settings(max_examples=40, deadline=None)
@given(
    batch=st.integers(1, 7),
    width=st.integers(1, 5),
    scale=st.floats(0.1, 50),
    seed=st.integers(0, 99),
)
def test_the_loss_is_what_loops_give(batch, width, scale, seed):
    images, texts = unit_vectors(batch, width, seed), unit_vectors(batch, width, -seed)
    expected = loss_by_loops(images.numpy(), texts.numpy(), scale)
    loss = contrastive_loss(images, texts, scale).item()
    assert loss == pytest.approx(expected, abs=1e-9)
    assert contrastive_loss(texts, images, scale).item() == pytest.approx(loss)


def test_loss_and_gradients_equal_those_of_log_softmax():
    """The two directions, written with the diagonals of two softmaxes."""
    inputs = [unit_vectors(6, 4, seed).requires_grad_() for seed in (1, 2)]
    inputs.append(torch.tensor(7.0, dtype=torch.float64, requires_grad=True))
    images, texts, scale = inputs
    logits = scale * torch.einsum("iw,jw->ij", images, texts)
    rows, columns = (logits.log_softmax(dim).diagonal() for dim in (1, 0))
    expected = -(rows + columns).mean() / 2
    loss = contrastive_loss(images, texts, scale)
    torch.testing.assert_close(loss, expected, atol=1e-12, rtol=0)
    ours, theirs = (torch.autograd.grad(value, inputs) for value in (loss, expected))
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, atol=1e-12, rtol=0)


def test_telling_nothing_apart_costs_the_logarithm_of_the_batch():
    same = unit_vectors(1, 8, 0).expand(20, -1)
    assert contrastive_loss(same, same, 100.0).item() == pytest.approx(math.log(20))
    vectors = unit_vectors(20, 8, 0)
    assert contrastive_loss(vectors, -vectors, 0.0).item() == pytest.approx(
        math.log(20)
    )


def test_perfect_embeddings_cost_nothing_if_the_scale_is_high():
    """A scale that stays at 1 has a floor far above zero, however good the vectors."""
    vectors = torch.eye(64, dtype=torch.float64)
    assert contrastive_loss(vectors, vectors, 100.0).item() < 1e-9
    floor = math.log(math.e + 63) - 1
    assert contrastive_loss(vectors, vectors, 1.0).item() == pytest.approx(floor)
    assert floor > 3
    mixed_up = vectors.roll(1, dims=0)
    assert contrastive_loss(vectors, mixed_up, 100.0).item() > 99


def double_clip(dropout: float = 0.0) -> CLIP:
    """A small CLIP in double precision, every parameter of which is random."""
    torch.manual_seed(0)
    image = ImageTowerConfig(16, 8, width=16, layers=2, heads=2)
    text = TextTowerConfig(30, 10, width=12, layers=2, heads=2, dropout=dropout)
    model = CLIP(CLIPConfig(image, text, embedding_width=8)).double()
    for name, parameter in model.named_parameters():
        if name != "logit_scale":
            parameter.data += 0.2 * torch.randn_like(parameter)
    return model.train()


def pairs() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(BATCH, 3, 16, 16, generator=generator, dtype=torch.float64)
    ids = torch.randint(29, (BATCH, 7), generator=generator)
    ids[:, -1] = 29  # END
    return images, ids


def gradients_of(model: CLIP) -> dict[str, Tensor]:
    return {name: parameter.grad for name, parameter in model.named_parameters()}


@pytest.fixture(scope="module")
def whole_batch() -> tuple[float, dict[str, Tensor]]:
    """The loss and the gradients of all pairs at once, in one process."""
    model = double_clip()
    loss = contrastive_loss(*model(*pairs()))
    loss.backward()
    return loss.item(), gradients_of(model)


def assert_equal_gradients(ours: dict, expected: dict) -> None:
    assert ours.keys() == expected.keys() and "logit_scale" in expected
    assert all(gradient.abs().max() > 1e-6 for gradient in expected.values())
    for name, gradient in expected.items():
        torch.testing.assert_close(
            ours[name], gradient, atol=1e-10, rtol=0, msg=lambda m, n=name: f"{n}: {m}"
        )


@pytest.mark.parametrize("chunk_size", [1, 2, 5, 7, 11, 12, 100])
def test_chunks_give_the_gradients_of_the_whole_batch(chunk_size, whole_batch):
    loss, gradients = whole_batch
    model = double_clip()
    ours = backward_in_chunks(model, *pairs(), chunk_size)
    assert not ours.requires_grad
    assert ours.item() == pytest.approx(loss, abs=1e-12)
    assert_equal_gradients(gradients_of(model), gradients)


def test_gradients_of_chunks_are_added_to_those_that_were_there(whole_batch):
    model = double_clip()
    for _ in range(2):
        backward_in_chunks(model, *pairs(), 5)
    expected = {name: 2 * gradient for name, gradient in whole_batch[1].items()}
    assert_equal_gradients(gradients_of(model), expected)


def test_losses_of_parts_do_not_add_up_to_that_of_the_whole(whole_batch):
    """Why chunks take a second pass: a part alone has too few wrong answers."""
    model = double_clip()
    for images, ids in zip(*(part.split(6) for part in pairs()), strict=True):
        (contrastive_loss(*model(images, ids)) / 2).backward()
    with pytest.raises(AssertionError):
        assert_equal_gradients(gradients_of(model), whole_batch[1])


def test_a_model_that_drops_other_numbers_in_each_pass_is_refused(whole_batch):
    model = double_clip(dropout=0.25)
    with pytest.raises(
        ValueError, match=r"text\.encoder\.blocks\.0\.dropout drops 25%"
    ):
        backward_in_chunks(model, *pairs(), 5)
    assert all(parameter.grad is None for parameter in model.parameters())
    backward_in_chunks(model.eval(), *pairs(), 5)  # it drops nothing now
    assert_equal_gradients(gradients_of(model), whole_batch[1])


def test_one_process_gathers_nothing():
    vectors = unit_vectors(3, 4, 0)
    assert gather_with_gradient(vectors) is vectors


def gather_without_gradient(embeddings: Tensor) -> Tensor:
    """What a beginner writes: the parts of other processes come without a graph."""
    parts = [torch.empty_like(embeddings) for _ in range(PROCESSES)]
    distributed.all_gather(parts, embeddings.detach())
    parts[distributed.get_rank()] = embeddings
    return torch.cat(parts)


def average(model: CLIP) -> None:
    """Take the mean of each gradient over the processes, as DDP does."""
    for parameter in model.parameters():
        distributed.all_reduce(parameter.grad)
        parameter.grad /= PROCESSES


def process(rank: int, folder: str) -> None:
    """Find the gradients in one of several processes, each with its own pairs."""
    images, ids = (part.chunk(PROCESSES)[rank] for part in pairs())
    results = {"gathered": gather_with_gradient(ids.double()).long()}

    parallel = DistributedDataParallel(double_clip())
    loss = contrastive_loss(*parallel(images, ids))
    loss.backward()
    results["parallel"] = loss.item(), gradients_of(parallel.module)

    model = double_clip()
    loss = backward_in_chunks(model, images, ids, 4)
    average(model)
    results["chunks"] = loss.item(), gradients_of(model)

    contrastive.gather_with_gradient = gather_without_gradient
    parallel = DistributedDataParallel(double_clip())
    loss = contrastive_loss(*parallel(images, ids))
    loss.backward()
    results["without gradient"] = loss.item(), gradients_of(parallel.module)
    torch.save(results, f"{folder}/{rank}.pt")


@pytest.fixture(scope="module")
def processes(tmp_path_factory) -> list[dict]:
    """What each of two processes found."""
    return run_in_processes(process, tmp_path_factory.mktemp("processes"), PROCESSES)


def test_parts_are_gathered_in_the_order_of_the_processes(processes):
    assert all(torch.equal(result["gathered"], pairs()[1]) for result in processes)


@pytest.mark.parametrize("way", ["parallel", "chunks"])
def test_processes_give_loss_and_gradients_of_the_whole_batch(
    way, processes, whole_batch
):
    loss, gradients = whole_batch
    losses = [result[way][0] for result in processes]
    assert sum(losses) / PROCESSES == pytest.approx(loss, abs=1e-12)
    assert abs(losses[0] - losses[1]) > 1e-3  # each has its own rows
    for result in processes:
        assert_equal_gradients(result[way][1], gradients)


def test_gathering_without_gradient_is_found_out(processes, whole_batch):
    """The loss is right, and the gradients are not: only the latter can tell."""
    loss, gradients = whole_batch
    losses = [result["without gradient"][0] for result in processes]
    assert sum(losses) / PROCESSES == pytest.approx(loss, abs=1e-12)
    with pytest.raises(AssertionError):
        assert_equal_gradients(processes[0]["without gradient"][1], gradients)
