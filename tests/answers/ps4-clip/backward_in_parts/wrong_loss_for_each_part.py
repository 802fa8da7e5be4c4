# mistake: 28 the other vectors are fixed, and the loss is computed for each part
# loses: backward_in_parts-added
# hint: it was added twice
def backward_in_parts(tower, inputs, loss_function, part_size):
    parts = inputs.split(part_size)
    with torch.no_grad():
        fixed = [tower(part) for part in parts]
    for number, part in enumerate(parts):
        vectors = [*fixed[:number], tower(part), *fixed[number + 1 :]]
        loss = loss_function(torch.cat(vectors))
        loss.backward()
    return loss.detach()
