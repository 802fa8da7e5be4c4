# mistake: no centring in PCA
# loses: principal_coordinates-mean
# hint: Was the mean subtracted
def principal_coordinates(fitted, others, number):
    directions = torch.linalg.svd(fitted, full_matrices=False).Vh[:number].T
    largest = directions.gather(0, directions.abs().argmax(0, keepdim=True))
    return others @ (directions * largest.sign())
