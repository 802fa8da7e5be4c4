# mistake: 16 a softmax over zeros gives them a probability again
# loses: nucleus-set, nucleus-scaled
# hint: Was nothing left out
def nucleus(logits, temperature, top_p):
    shares = (logits / temperature).softmax(dim=-1)
    ordered, places = shares.sort(dim=-1, descending=True)
    before = ordered.cumsum(dim=-1) - ordered
    ordered = ordered.masked_fill(before >= top_p, 0).softmax(dim=-1)
    return torch.zeros_like(shares).scatter(-1, places, ordered)
