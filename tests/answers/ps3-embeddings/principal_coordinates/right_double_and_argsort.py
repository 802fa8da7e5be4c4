def principal_coordinates(fitted, others, number):
    x = fitted.to(torch.float64)
    mean = torch.mean(x, 0)
    u, s, v = torch.svd(x - mean)
    w = v[:, torch.argsort(s, descending=True)[:number]]
    biggest = w.abs().max(dim=0).indices
    signs = torch.sign(w[biggest, torch.arange(w.shape[1])])
    result = torch.einsum("ow,wn->on", others.to(torch.float64) - mean, w * signs)
    return result.to(fitted.dtype)
