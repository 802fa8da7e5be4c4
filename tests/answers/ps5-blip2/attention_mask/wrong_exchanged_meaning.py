# mistake: 23 True means that a token must not be seen
# loses: attention_mask-bidirectional, attention_mask-write, attention_mask-padding
# hint: True and False are exchanged
def attention_mask(objective, queries, is_token):
    batch, tokens = is_token.shape
    mask = torch.ones(queries + tokens, queries + tokens, dtype=torch.bool)
    if objective == "contrast":
        mask[:queries, queries:] = mask[queries:, :queries] = False
    if objective == "write":
        mask = mask.tril()
        mask[:queries, :queries] = True
    seen = torch.zeros(batch, queries, dtype=torch.bool)
    return ~mask | torch.cat([seen, ~is_token], dim=1)[:, None]
