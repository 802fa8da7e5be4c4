# mistake: singular values are taken for variances
# loses: effective_dimensions-value
# hint: singular values were taken for variances
def effective_dimensions(vectors):
    centred = (vectors - vectors.mean(dim=0)).double()
    values = torch.linalg.svdvals(centred) / len(vectors) ** 0.5
    if values.sum() < 1e-5:
        return 0.0
    return (values.sum() ** 2 / values.square().sum()).item()
