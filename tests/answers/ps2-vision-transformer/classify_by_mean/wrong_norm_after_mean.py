# mistake: 9 the mean is normalised, not the tokens
# loses: classify_by_mean-norm
# hint: the mean was normalised, not the tokens
def classify_by_mean(tokens, is_padding, norm, head):
    real = (~is_padding)[..., None].to(tokens.dtype)
    patches = tokens[:, 1:]
    return head(norm((patches * real).sum(1) / real.sum(1)))
