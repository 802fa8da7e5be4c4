def effective_dimensions(vectors):
    if vectors.shape[1] == 1:
        return float(vectors.var() >= 1e-10)
    eigenvalues = torch.linalg.eigvalsh(torch.cov(vectors.T))
    if eigenvalues.sum() < 1e-10:
        return 0
    shares = eigenvalues / eigenvalues.sum()
    return 1 / shares.square().sum().item()
