# mistake: the nucleus is chosen before the temperature
# loses: nucleus-temperature
# hint: the temperature came after the choice
def nucleus(logits, temperature, top_p):
    shares = logits.softmax(dim=-1)
    ordered, places = shares.sort(dim=-1, descending=True)
    before = ordered.cumsum(dim=-1) - ordered
    out = torch.zeros_like(shares).scatter(-1, places, (before >= top_p).to(shares))
    return (logits / temperature).masked_fill(out.bool(), -torch.inf).softmax(dim=-1)
