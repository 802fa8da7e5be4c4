# mistake: 28 plain gradient accumulation, divided by the number of parts
# loses: backward_in_parts-gradient, backward_in_parts-added
# hint: this is the mean over the parts
def backward_in_parts(tower, inputs, loss_function, part_size):
    parts, total = inputs.split(part_size), 0
    for part in parts:
        loss = loss_function(tower(part)) / len(parts)
        loss.backward()
        total = total + loss.detach()
    return total
