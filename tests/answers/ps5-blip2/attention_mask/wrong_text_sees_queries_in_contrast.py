# mistake: 40 text sees the queries in ITC
# loses: attention_mask-bidirectional
# hint: your text sees the queries
def attention_mask(objective, queries, is_token):
    batch, tokens = is_token.shape
    mask = torch.ones(queries + tokens, queries + tokens, dtype=torch.bool)
    if objective == "contrast":
        mask[:queries, queries:] = False
    if objective == "write":
        mask = mask.tril()
        mask[:queries, :queries] = True
    seen = torch.ones(batch, queries, dtype=torch.bool)
    return mask & torch.cat([seen, is_token], dim=1)[:, None]
