def nucleus(logits, temperature, top_p):
    shares = (logits / temperature).softmax(dim=-1)
    ordered = shares.sort(dim=-1, descending=True).values
    enough = (ordered.cumsum(dim=-1) >= top_p).int()
    enough[:, -1] = 1  # whatever rounding does
    smallest = ordered.gather(-1, enough.argmax(dim=-1, keepdim=True))
    return F.normalize(shares * (shares >= smallest), p=1, dim=-1)
