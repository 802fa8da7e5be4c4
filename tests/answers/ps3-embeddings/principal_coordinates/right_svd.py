def principal_coordinates(fitted, others, number):
    mean = fitted.mean(dim=0, keepdim=True)
    directions = torch.linalg.svd(fitted - mean, full_matrices=False).Vh[:number]
    coordinates = (others - mean) @ directions.T
    for i, direction in enumerate(directions):
        if direction[direction.abs().argmax()] < 0:
            coordinates[:, i] *= -1
    return coordinates
