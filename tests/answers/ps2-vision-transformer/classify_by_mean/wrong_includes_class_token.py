# mistake: 11 mean pool including the class token
# loses: classify_by_mean-patches
# hint: the class token is part of the mean
def classify_by_mean(tokens, is_padding, norm, head):
    is_class = torch.zeros(len(tokens), 1, dtype=torch.bool)
    real = ~torch.cat([is_class, is_padding], dim=1)
    tokens = norm(tokens) * real[..., None]
    return head(tokens.sum(dim=1) / real.sum(dim=1, keepdim=True))
