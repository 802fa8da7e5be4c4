"""The contrastive loss of CLIP: for one process, for many, and for large batches."""

import torch
from torch import Tensor, distributed, nn
from torch.distributed.nn.functional import all_gather
from torch.nn import functional as F


def gather_with_gradient(embeddings: Tensor) -> Tensor:
    """Join the embeddings of all processes, in the order of their ranks.

    A gradient of the result flows back to the process that each row came from. With
    one process, nothing changes.

    Args:
        embeddings: (batch, width), of the same size in each process.
    Returns:
        (processes * batch, width).
    """
    if not distributed.is_initialized() or distributed.get_world_size() == 1:
        return embeddings
    return torch.cat(all_gather(embeddings))


def contrastive_loss(images: Tensor, texts: Tensor, scale: Tensor | float) -> Tensor:
    """Measure how badly each image finds its text, and each text its image.

    This is the loss of CLIP (Radford et al., 2021, figure 3): the mean of two
    cross-entropies, over the texts for each image and over the images for each text.

    Args:
        images, texts: unit vectors (batch, width); those of the same row belong
            together.
        scale: factor for the cosines, the inverse of the temperature.
    Returns:
        The loss in nats: ln(batch) if nothing is told apart, 0 at best. With several
        processes, each gives the loss of its own rows against the rows of all; the
        mean over the processes is the loss of the whole batch.
    """
    rank = distributed.get_rank() if distributed.is_initialized() else 0
    own = rank * len(images) + torch.arange(len(images), device=images.device)
    image_logits = scale * images @ gather_with_gradient(texts).T
    text_logits = scale * texts @ gather_with_gradient(images).T
    return (F.cross_entropy(image_logits, own) + F.cross_entropy(text_logits, own)) / 2


def backward_in_chunks(
    model: nn.Module, images: Tensor, ids: Tensor, chunk_size: int
) -> Tensor:
    """Find the gradient of a large batch in the memory of a small one.

    This is gradient caching (Gao et al., 2021). First, all embeddings without their
    graphs, and the gradient of the loss with respect to them; then, chunk by chunk,
    the embeddings once more, with their graphs, and that gradient passed on.

    Args:
        model: a `CLIP`; its gradients are added to.
        images: (batch, 3, height, width).
        ids: (batch, tokens).
        chunk_size: pairs that go through the towers at the same time.
    Returns:
        The loss of the whole batch, without a graph.
    Raises:
        ValueError: the model would drop other numbers the second time.
    """
    refuse_dropout(model)
    chunks = list(zip(images.split(chunk_size), ids.split(chunk_size), strict=True))
    with torch.no_grad():
        parts = zip(*(model(*chunk)[:2] for chunk in chunks), strict=True)
        embeddings = [torch.cat(part) for part in parts]  # of images, of texts
    for embedding in embeddings:
        embedding.requires_grad_()
    loss = contrastive_loss(*embeddings, model.logit_scale.exp())
    loss.backward()
    gradients = (embedding.grad.split(chunk_size) for embedding in embeddings)
    for chunk, *gradient in zip(chunks, *gradients, strict=True):
        torch.autograd.backward(model(*chunk)[:2], gradient)
    return loss.detach()


def refuse_dropout(model: nn.Module) -> None:
    """Make sure that a model gives the same result when it is called again.

    Raises:
        ValueError: it is in training mode and has dropout.
    """
    for name, layer in model.named_modules():
        if isinstance(layer, nn.Dropout) and layer.training and layer.p > 0:
            raise ValueError(
                f"{name} drops {layer.p:.0%} of its numbers, others in each pass, so "
                "that two passes don't agree: use a model without dropout"
            )
