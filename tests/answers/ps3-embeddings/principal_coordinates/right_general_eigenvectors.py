def principal_coordinates(fitted, others, number):
    mean = sum(fitted) / len(fitted)
    scatter = sum(torch.outer(p - mean, p - mean) for p in fitted)
    values, vectors = torch.linalg.eig(scatter)
    values, vectors = values.real, vectors.real
    columns = []
    for i in values.argsort(descending=True)[:number]:
        direction = vectors[:, i] / vectors[:, i].norm()
        if direction.max() < -direction.min():
            direction = -direction
        columns.append((others - mean) @ direction)
    return torch.stack(columns, dim=1)
