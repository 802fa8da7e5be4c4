# mistake: eigenvalues come from small to large
# loses: principal_coordinates-directions
# hint: vary LEAST
def principal_coordinates(fitted, others, number):
    mean = fitted.mean(dim=0)
    directions = torch.linalg.eigh(torch.cov(fitted.T)).eigenvectors[:, :number]
    largest = directions.gather(0, directions.abs().argmax(0, keepdim=True))
    return (others - mean) @ (directions * largest.sign())
