# mistake: 40 queries see the text that is to be written
# loses: attention_mask-write
# hint: so through them it would see the tokens after it
def attention_mask(objective, queries, is_token):
    batch, tokens = is_token.shape
    mask = torch.ones(queries + tokens, queries + tokens, dtype=torch.bool)
    if objective == "contrast":
        mask[:queries, queries:] = mask[queries:, :queries] = False
    if objective == "write":
        mask[queries:, queries:] = mask[queries:, queries:].tril()
    seen = torch.ones(batch, queries, dtype=torch.bool)
    return mask & torch.cat([seen, is_token], dim=1)[:, None]
