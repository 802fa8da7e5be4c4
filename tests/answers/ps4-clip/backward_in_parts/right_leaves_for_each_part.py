def backward_in_parts(tower, inputs, loss_function, part_size):
    chunks = torch.split(inputs, part_size, dim=0)
    leaves = []
    for chunk in chunks:
        with torch.inference_mode():
            result = tower(chunk)
        leaves.append(
            torch.tensor(result.tolist(), dtype=result.dtype).requires_grad_()
        )
    loss = loss_function(torch.cat(leaves))
    torch.autograd.backward(loss)
    while leaves:
        leaf, chunk = leaves.pop(), chunks[len(leaves)]
        torch.autograd.backward(tower(chunk), grad_tensors=leaf.grad)
    return loss.data
