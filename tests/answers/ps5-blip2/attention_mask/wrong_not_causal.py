# mistake: 23 no causal mask for writing
# loses: attention_mask-write
# hint: it can copy what it should foretell
def attention_mask(objective, queries, is_token):
    batch, tokens = is_token.shape
    mask = torch.ones(queries + tokens, queries + tokens, dtype=torch.bool)
    if objective == "contrast":
        mask[:queries, queries:] = mask[queries:, :queries] = False
    if objective == "write":
        mask[:queries, queries:] = False
    seen = torch.ones(batch, queries, dtype=torch.bool)
    return mask & torch.cat([seen, is_token], dim=1)[:, None]
