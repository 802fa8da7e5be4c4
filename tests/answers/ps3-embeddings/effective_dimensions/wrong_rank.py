# mistake: directions are counted, not weighted
# loses: effective_dimensions-value
# hint: counts each direction fully
def effective_dimensions(vectors):
    centred = (vectors - vectors.mean(dim=0)).double()
    return float((torch.linalg.svdvals(centred) > 1e-4).sum())
