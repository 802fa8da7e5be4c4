# mistake: the order is applied a second time instead of being undone
# loses: nucleus-places
# hint: are places in the order undone
def nucleus(logits, temperature, top_p):
    shares = (logits / temperature).softmax(dim=-1)
    ordered, places = shares.sort(dim=-1, descending=True)
    before = ordered.cumsum(dim=-1) - ordered
    kept = ordered.masked_fill(before >= top_p, 0).gather(-1, places)
    return kept / kept.sum(dim=-1, keepdim=True)
