# mistake: 28 gradients from before are cleared
# loses: backward_in_parts-added
# hint: the gradient that was there before is lost
def backward_in_parts(tower, inputs, loss_function, part_size):
    tower.zero_grad()
    parts = inputs.split(part_size)
    with torch.no_grad():
        vectors = torch.cat([tower(part) for part in parts])
    vectors.requires_grad_()
    loss = loss_function(vectors)
    loss.backward()
    for part, gradient in zip(parts, vectors.grad.split(part_size)):
        tower(part).backward(gradient)
    return loss.detach()
