# mistake: 28 the whole batch at once
# loses: backward_in_parts-memory
# hint: rows went through the tower at once
def backward_in_parts(tower, inputs, loss_function, part_size):
    loss = loss_function(tower(inputs))
    loss.backward()
    return loss.detach()
