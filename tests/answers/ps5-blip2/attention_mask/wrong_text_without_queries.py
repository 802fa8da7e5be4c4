# mistake: 40 the text is written without seeing the queries
# loses: attention_mask-write, attention_mask-padding
# hint: how should it know the image
def attention_mask(objective, queries, is_token):
    batch, tokens = is_token.shape
    mask = torch.ones(queries + tokens, queries + tokens, dtype=torch.bool)
    if objective == "contrast":
        mask[:queries, queries:] = mask[queries:, :queries] = False
    if objective == "write":
        mask = mask.tril()
        mask[:queries, :queries] = True
        mask[queries:, :queries] = False
    seen = torch.ones(batch, queries, dtype=torch.bool)
    return mask & torch.cat([seen, is_token], dim=1)[:, None]
