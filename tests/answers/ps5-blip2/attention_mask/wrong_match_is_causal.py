# mistake: 40 the mask for matching is that for writing
# loses: attention_mask-bidirectional
# hint: To judge whether the two match
def attention_mask(objective, queries, is_token):
    batch, tokens = is_token.shape
    mask = torch.ones(queries + tokens, queries + tokens, dtype=torch.bool)
    if objective == "contrast":
        mask[:queries, queries:] = mask[queries:, :queries] = False
    if objective in ("write", "match"):
        mask = mask.tril()
        mask[:queries, :queries] = True
    seen = torch.ones(batch, queries, dtype=torch.bool)
    return mask & torch.cat([seen, is_token], dim=1)[:, None]
