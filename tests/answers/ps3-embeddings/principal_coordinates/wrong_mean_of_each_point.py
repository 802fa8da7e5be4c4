# mistake: the mean of each point's own numbers is subtracted
# loses: principal_coordinates-directions, principal_coordinates-mean, principal_coordinates-signs
# hint: these are not the right numbers
def principal_coordinates(fitted, others, number):
    centred = fitted - fitted.mean(dim=1, keepdim=True)
    directions = torch.linalg.svd(centred, full_matrices=False).Vh[:number].T
    largest = directions.gather(0, directions.abs().argmax(0, keepdim=True))
    return (others - others.mean(dim=1, keepdim=True)) @ (directions * largest.sign())
