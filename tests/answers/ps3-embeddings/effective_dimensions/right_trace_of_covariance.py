def effective_dimensions(vectors):
    x = vectors.double() - vectors.double().mean(dim=0, keepdim=True)
    covariance = x.T @ x / x.shape[0]
    total = covariance.diagonal().sum()
    return 0.0 if total < 1e-10 else float(total**2 / (covariance**2).sum())
