# mistake: 11 the class token is used, as in the chapter
# loses: classify_by_mean-patches, classify_by_mean-padding
# hint: this is the class token alone
def classify_by_mean(tokens, is_padding, norm, head):
    return head(norm(tokens)[:, 0])
