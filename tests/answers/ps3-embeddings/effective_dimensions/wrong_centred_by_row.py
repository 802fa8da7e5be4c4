# mistake: the mean of each vector's own numbers is subtracted
# loses: effective_dimensions-value, effective_dimensions-collapse
# hint: this should be
def effective_dimensions(vectors):
    centred = (vectors - vectors.mean(dim=1, keepdim=True)).double()
    variances = torch.linalg.svdvals(centred).square() / len(vectors)
    if variances.sum() < 1e-10:
        return 0.0
    return (variances.sum() ** 2 / variances.square().sum()).item()
