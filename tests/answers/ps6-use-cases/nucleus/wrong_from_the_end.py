# mistake: the unlikeliest come first
# loses: nucleus-set
# hint: Tokens are added up from
def nucleus(logits, temperature, top_p):
    shares = (logits / temperature).softmax(dim=-1)
    ordered, places = shares.sort(dim=-1)
    before = ordered.cumsum(dim=-1) - ordered
    ordered = ordered.masked_fill(before >= top_p, 0)
    kept = torch.zeros_like(shares).scatter(-1, places, ordered)
    return kept / kept.sum(dim=-1, keepdim=True)
