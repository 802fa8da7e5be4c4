# mistake: the other points are centred by their own mean
# loses: principal_coordinates-mean
# hint: was the mean of the OTHER points
def principal_coordinates(fitted, others, number):
    centred = fitted - fitted.mean(dim=0)
    directions = torch.linalg.svd(centred, full_matrices=False).Vh[:number].T
    largest = directions.gather(0, directions.abs().argmax(0, keepdim=True))
    return (others - others.mean(dim=0)) @ (directions * largest.sign())
