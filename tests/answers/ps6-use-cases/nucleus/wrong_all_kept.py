# mistake: nothing is left out
# loses: nucleus-set
# hint: Was nothing left out
def nucleus(logits, temperature, top_p):
    return (logits / temperature).softmax(dim=-1)
