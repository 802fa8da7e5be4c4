def nucleus(logits, temperature, top_p):
    logits = logits / temperature
    ordered, places = torch.sort(logits, dim=-1, descending=True)
    reached = F.softmax(ordered, dim=-1).cumsum(dim=-1) >= top_p
    out = F.pad(reached[..., :-1], (1, 0), value=False)  # all after the first that does
    ordered = ordered.masked_fill(out, float("-inf"))
    back = places.argsort(dim=-1)
    return ordered.gather(-1, back).softmax(dim=-1)
