# mistake: the temperature is forgotten
# loses: nucleus-temperature
# hint: the temperature has no influence
def nucleus(logits, temperature, top_p):
    shares = logits.softmax(dim=-1)
    ordered, places = shares.sort(dim=-1, descending=True)
    before = ordered.cumsum(dim=-1) - ordered
    ordered = ordered.masked_fill(before >= top_p, 0)
    kept = torch.zeros_like(shares).scatter(-1, places, ordered)
    return kept / kept.sum(dim=-1, keepdim=True)
