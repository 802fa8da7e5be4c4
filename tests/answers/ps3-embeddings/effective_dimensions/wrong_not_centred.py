# mistake: the mean is not subtracted
# loses: effective_dimensions-collapse
# hint: the mean counts as a direction
def effective_dimensions(vectors):
    variances = torch.linalg.svdvals(vectors.double()).square() / len(vectors)
    if variances.sum() < 1e-10:
        return 0.0
    return (variances.sum() ** 2 / variances.square().sum()).item()
