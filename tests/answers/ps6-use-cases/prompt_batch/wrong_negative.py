# mistake: 62 padding before everything gets the position -1
# loses: prompt_batch-positions
# hint: a position is negative
def prompt_batch(prompts, queries, padding_id, new):
    longest = max(map(len, prompts))
    ids, mask = [], []
    for prompt in prompts:
        padding = longest - len(prompt)
        ids.append([padding_id] * padding + list(prompt))
        mask.append([1] * queries + [0] * padding + [1] * (len(prompt) + new))
    mask = torch.tensor(mask)
    return torch.tensor(ids), mask, mask.cumsum(dim=1) - 1
