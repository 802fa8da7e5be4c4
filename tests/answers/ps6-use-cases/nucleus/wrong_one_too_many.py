# mistake: one token more than needed
# loses: nucleus-set
# hint: With one token fewer
def nucleus(logits, temperature, top_p):
    shares = (logits / temperature).softmax(dim=-1)
    ordered, places = shares.sort(dim=-1, descending=True)
    before = ordered.cumsum(dim=-1) - ordered
    out = F.pad(before[..., :-1] >= top_p, (1, 0), value=False)
    ordered = ordered.masked_fill(out, 0)
    kept = torch.zeros_like(shares).scatter(-1, places, ordered)
    return kept / kept.sum(dim=-1, keepdim=True)
