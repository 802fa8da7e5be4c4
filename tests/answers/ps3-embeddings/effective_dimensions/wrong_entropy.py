# mistake: another measure, the exponential of the entropy
# loses: effective_dimensions-value
# hint: exponential of an entropy
def effective_dimensions(vectors):
    centred = (vectors - vectors.mean(dim=0)).double()
    variances = torch.linalg.svdvals(centred).square() / len(vectors)
    if variances.sum() < 1e-10:
        return 0.0
    shares = variances / variances.sum()
    return torch.special.entr(shares).sum().exp().item()
