# mistake: 24 padding is seen
# loses: attention_mask-padding
# hint: padding is seen
def attention_mask(objective, queries, is_token):
    batch, tokens = is_token.shape
    mask = torch.ones(batch, queries + tokens, queries + tokens, dtype=torch.bool)
    if objective == "contrast":
        mask[:, :queries, queries:] = mask[:, queries:, :queries] = False
    if objective == "write":
        mask = mask.tril()
        mask[:, :queries, :queries] = True
    return mask
