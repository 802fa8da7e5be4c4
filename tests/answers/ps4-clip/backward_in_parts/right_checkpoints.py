def backward_in_parts(tower, inputs, loss_function, part_size):
    from torch.utils.checkpoint import checkpoint

    parts = inputs.split(part_size)
    vectors = [checkpoint(tower, part, use_reentrant=False) for part in parts]
    loss = loss_function(torch.cat(vectors))
    loss.backward()
    return loss.detach()
