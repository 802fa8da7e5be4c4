# mistake: the sign is left to chance
# loses: principal_coordinates-signs
# hint: should be turned round
def principal_coordinates(fitted, others, number):
    mean = fitted.mean(dim=0)
    directions = torch.linalg.svd(fitted - mean, full_matrices=False).Vh[:number]
    return (others - mean) @ directions.T
