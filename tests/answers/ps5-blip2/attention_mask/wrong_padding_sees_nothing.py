# mistake: 24 the rows of padding are empty
# loses: attention_mask-padding
# hint: its result would be nan
def attention_mask(objective, queries, is_token):
    batch, tokens = is_token.shape
    mask = torch.ones(queries + tokens, queries + tokens, dtype=torch.bool)
    if objective == "contrast":
        mask[:queries, queries:] = mask[queries:, :queries] = False
    if objective == "write":
        mask = mask.tril()
        mask[:queries, :queries] = True
    seen = torch.ones(batch, queries, dtype=torch.bool)
    visible = torch.cat([seen, is_token], dim=1)
    return mask & visible[:, None] & visible[:, :, None]
