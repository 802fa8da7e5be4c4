# mistake: 0 / 0 for a collapsed space
# loses: effective_dimensions-collapse
# hint: equal vectors lead to nan
def effective_dimensions(vectors):
    variances = torch.linalg.svdvals((vectors - vectors.mean(dim=0)).double()).square()
    return (variances.sum() ** 2 / variances.square().sum()).item()
