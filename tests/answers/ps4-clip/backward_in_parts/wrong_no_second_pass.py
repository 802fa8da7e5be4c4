# mistake: 28 the tower never gets the gradient of the vectors
# loses: backward_in_parts-gradient, backward_in_parts-added
# hint: the tower got no gradient
def backward_in_parts(tower, inputs, loss_function, part_size):
    with torch.no_grad():
        vectors = torch.cat([tower(part) for part in inputs.split(part_size)])
    vectors.requires_grad_()
    loss = loss_function(vectors)
    loss.backward()
    return loss.detach()
