# mistake: probabilities are divided by the temperature, and put into a softmax
# loses: nucleus-temperature
# hint: probabilities were divided by the temperature
def nucleus(logits, temperature, top_p):
    shares = logits.softmax(dim=-1)
    if temperature != 1:
        shares = (shares / temperature).softmax(dim=-1)
    ordered, places = shares.sort(dim=-1, descending=True)
    before = ordered.cumsum(dim=-1) - ordered
    ordered = ordered.masked_fill(before >= top_p, 0)
    kept = torch.zeros_like(shares).scatter(-1, places, ordered)
    return kept / kept.sum(dim=-1, keepdim=True)
