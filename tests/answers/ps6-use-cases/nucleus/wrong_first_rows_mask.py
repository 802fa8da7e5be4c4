# mistake: the nucleus of the first row is used for all
# loses: nucleus-places
# hint: Each row by itself would give
def nucleus(logits, temperature, top_p):
    shares = (logits / temperature).softmax(dim=-1)
    ordered, places = shares[0].sort(descending=True)
    kept = places[ordered.cumsum(dim=0) - ordered < top_p]
    result = torch.zeros_like(shares)
    result[:, kept] = shares[:, kept]
    return result / result.sum(dim=-1, keepdim=True)
