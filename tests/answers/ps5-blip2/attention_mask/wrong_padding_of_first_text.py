# mistake: 24 the padding of the first text is taken for all
# loses: attention_mask-padding
# hint: for each text of the batch by itself
def attention_mask(objective, queries, is_token):
    batch, tokens = is_token.shape
    mask = torch.ones(queries + tokens, queries + tokens, dtype=torch.bool)
    if objective == "contrast":
        mask[:queries, queries:] = mask[queries:, :queries] = False
    if objective == "write":
        mask = mask.tril()
        mask[:queries, :queries] = True
    seen = torch.ones(batch, queries, dtype=torch.bool)
    return mask & torch.cat([seen, is_token], dim=1)[:1, None].expand(batch, -1, -1)
