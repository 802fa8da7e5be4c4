def classify_by_mean(tokens, is_padding, norm, head):
    patches = norm(tokens[:, 1:])
    weights = (~is_padding).to(tokens.dtype)
    weights = weights / weights.sum(dim=1, keepdim=True)
    return head(torch.einsum("bn,bnw->bw", weights, patches))
