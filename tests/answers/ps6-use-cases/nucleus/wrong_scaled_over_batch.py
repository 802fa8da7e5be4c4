# mistake: the sum is taken over the whole batch
# loses: nucleus-places
# hint: All rows together add up to 1
def nucleus(logits, temperature, top_p):
    shares = (logits / temperature).softmax(dim=-1)
    ordered, places = shares.sort(dim=-1, descending=True)
    before = ordered.cumsum(dim=-1) - ordered
    ordered = ordered.masked_fill(before >= top_p, 0)
    kept = torch.zeros_like(shares).scatter(-1, places, ordered)
    return kept / kept.sum()
