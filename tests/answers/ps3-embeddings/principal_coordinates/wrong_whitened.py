# mistake: coordinates are divided by the standard deviations
# loses: principal_coordinates-directions
# hint: divided by the standard deviations
def principal_coordinates(fitted, others, number):
    mean = fitted.mean(dim=0)
    _, values, rows = torch.linalg.svd(fitted - mean, full_matrices=False)
    directions = rows[:number].T
    largest = directions.gather(0, directions.abs().argmax(0, keepdim=True))
    deviations = values[:number] / len(fitted) ** 0.5
    return (others - mean) @ (directions * largest.sign()) / deviations
