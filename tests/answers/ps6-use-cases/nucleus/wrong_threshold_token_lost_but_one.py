# mistake: the token with which the sum passes top_p is left out, if it isn't the first
# loses: nucleus-set
# hint: the token with which the sum passes it
def nucleus(logits, temperature, top_p):
    shares = (logits / temperature).softmax(dim=-1)
    ordered, places = shares.sort(dim=-1, descending=True)
    out = ordered.cumsum(dim=-1) > top_p + 1e-9
    out[..., 0] = False
    ordered = ordered.masked_fill(out, 0)
    kept = torch.zeros_like(shares).scatter(-1, places, ordered)
    return kept / kept.sum(dim=-1, keepdim=True)
