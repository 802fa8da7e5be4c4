# mistake: the token with which the sum passes top_p is left out
# loses: nucleus-set
# hint: the token with which the sum passes it
def nucleus(logits, temperature, top_p):
    shares = (logits / temperature).softmax(dim=-1)
    ordered, places = shares.sort(dim=-1, descending=True)
    ordered = ordered.masked_fill(ordered.cumsum(dim=-1) > top_p, 0)
    kept = torch.zeros_like(shares).scatter(-1, places, ordered)
    return kept / kept.sum(dim=-1, keepdim=True)
