# mistake: 58 rows are turned around to be padded, and not turned back
# loses: prompt_batch-ids
# hint: the prompts stand backwards
def prompt_batch(prompts, queries, padding_id, new):
    longest = max(map(len, prompts))
    ids, mask = [], []
    for prompt in prompts:
        padding = longest - len(prompt)
        ids.append([padding_id] * padding + prompt[::-1])
        mask.append([1] * queries + [0] * padding + [1] * (len(prompt) + new))
    mask = torch.tensor(mask)
    return torch.tensor(ids), mask, (mask.cumsum(dim=1) - 1).clamp(min=0)
