# mistake: the mean is subtracted from the fitted points only
# loses: principal_coordinates-mean
# hint: was not subtracted from the other points
def principal_coordinates(fitted, others, number):
    centred = fitted - fitted.mean(dim=0)
    directions = torch.linalg.svd(centred, full_matrices=False).Vh[:number].T
    largest = directions.gather(0, directions.abs().argmax(0, keepdim=True))
    return others @ (directions * largest.sign())
