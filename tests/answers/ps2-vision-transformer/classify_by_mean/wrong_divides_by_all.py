# mistake: 11 the sum of the real patches is divided by the number of all
# loses: classify_by_mean-padding
# hint: it is divided by the number of all patches
def classify_by_mean(tokens, is_padding, norm, head):
    patches = norm(tokens)[:, 1:].masked_fill(is_padding[..., None], 0)
    return head(patches.mean(dim=1))
