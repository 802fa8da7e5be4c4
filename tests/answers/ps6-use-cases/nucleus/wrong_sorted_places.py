# mistake: the result is in the order of the probabilities
# loses: nucleus-places
# hint: The result is in the order of the probabilities
def nucleus(logits, temperature, top_p):
    ordered = (logits / temperature).softmax(dim=-1).sort(dim=-1, descending=True)[0]
    before = ordered.cumsum(dim=-1) - ordered
    kept = ordered.masked_fill(before >= top_p, 0)
    return kept / kept.sum(dim=-1, keepdim=True)
