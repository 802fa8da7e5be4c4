# mistake: probabilities that don't add up to 1
# loses: nucleus-scaled
# hint: divide by their
def nucleus(logits, temperature, top_p):
    shares = (logits / temperature).softmax(dim=-1)
    ordered, places = shares.sort(dim=-1, descending=True)
    before = ordered.cumsum(dim=-1) - ordered
    ordered = ordered.masked_fill(before >= top_p, 0)
    return torch.zeros_like(shares).scatter(-1, places, ordered)
