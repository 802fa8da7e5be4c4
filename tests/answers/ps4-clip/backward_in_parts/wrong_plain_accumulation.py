# mistake: 28 plain gradient accumulation (negatives lost)
# loses: backward_in_parts-gradient
# hint: each computed from its part alone
def backward_in_parts(tower, inputs, loss_function, part_size):
    total = 0
    for part in inputs.split(part_size):
        loss = loss_function(tower(part))
        loss.backward()
        total = total + loss.detach()
    return total
