# mistake: each token is compared with the threshold
# loses: nucleus-set
# hint: Each token was compared with the threshold by itself
def nucleus(logits, temperature, top_p):
    shares = (logits / temperature).softmax(dim=-1)
    kept = shares * (shares >= 1 - top_p)
    return kept / kept.sum(dim=-1, keepdim=True)
