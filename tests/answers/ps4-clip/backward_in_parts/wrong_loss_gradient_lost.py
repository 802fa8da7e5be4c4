# mistake: 28 the loss's own parameters get no gradient
# loses: backward_in_parts-added
# hint: was only the gradient of the vectors computed
def backward_in_parts(tower, inputs, loss_function, part_size):
    parts = inputs.split(part_size)
    with torch.no_grad():
        vectors = torch.cat([tower(part) for part in parts])
    vectors.requires_grad_()
    loss = loss_function(vectors)
    (gradient,) = torch.autograd.grad(loss, vectors)
    for part, own in zip(parts, gradient.split(part_size)):
        tower(part).backward(own)
    return loss.detach()
