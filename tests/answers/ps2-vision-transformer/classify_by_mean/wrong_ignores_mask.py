# mistake: 11 the padding is averaged in
# loses: classify_by_mean-padding
# hint: the padding is averaged in
def classify_by_mean(tokens, is_padding, norm, head):
    return head(norm(tokens)[:, 1:].mean(dim=1))
