def attention_mask(objective, queries, is_token):
    batch, tokens = is_token.shape
    total = queries + tokens
    mask = torch.zeros(batch, total, total, dtype=torch.bool)
    for b in range(batch):
        for i in range(total):
            for j in range(total):
                if j >= queries and not is_token[b, j - queries]:
                    continue
                if objective == "match":
                    mask[b, i, j] = True
                elif objective == "contrast":
                    mask[b, i, j] = (i < queries) is (j < queries)
                else:
                    mask[b, i, j] = j < queries or (i >= queries and j <= i)
    return mask
