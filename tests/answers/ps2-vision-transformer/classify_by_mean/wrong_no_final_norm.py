# mistake: 9 no final normalisation
# loses: classify_by_mean-norm
# hint: the final normalisation is missing
def classify_by_mean(tokens, is_padding, norm, head):
    real = (~is_padding)[..., None].to(tokens.dtype)
    patches = tokens[:, 1:]
    return head((patches * real).sum(1) / real.sum(1))
