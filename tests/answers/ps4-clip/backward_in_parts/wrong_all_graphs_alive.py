# mistake: 28 parts whose graphs are all alive at once
# loses: backward_in_parts-memory
# hint: are the graphs of all parts alive until one backward
def backward_in_parts(tower, inputs, loss_function, part_size):
    vectors = torch.cat([tower(part) for part in inputs.split(part_size)])
    loss = loss_function(vectors)
    loss.backward()
    return loss.detach()
