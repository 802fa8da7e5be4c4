# mistake: all of the nucleus is made equally likely
# loses: nucleus-scaled
# hint: equally likely now
def nucleus(logits, temperature, top_p):
    shares = (logits / temperature).softmax(dim=-1)
    ordered, places = shares.sort(dim=-1, descending=True)
    before = ordered.cumsum(dim=-1) - ordered
    kept = torch.zeros_like(shares).scatter(-1, places, (before < top_p).to(shares))
    return kept / kept.sum(dim=-1, keepdim=True)
