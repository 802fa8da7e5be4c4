# mistake: 16 a softmax of probabilities
# loses: nucleus-scaled
# hint: A softmax was taken of probabilities
def nucleus(logits, temperature, top_p):
    shares = (logits / temperature).softmax(dim=-1)
    ordered, places = shares.sort(dim=-1, descending=True)
    before = ordered.cumsum(dim=-1) - ordered
    ordered = ordered.masked_fill(before >= top_p, -torch.inf).softmax(dim=-1)
    return torch.zeros_like(shares).scatter(-1, places, ordered)
