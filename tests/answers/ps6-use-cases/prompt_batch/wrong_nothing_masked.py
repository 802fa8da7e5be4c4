# mistake: 58 padding is read
# loses: prompt_batch-mask
# hint: nothing is masked
def prompt_batch(prompts, queries, padding_id, new):
    longest = max(map(len, prompts))
    ids, mask = [], []
    for prompt in prompts:
        padding = longest - len(prompt)
        ids.append([padding_id] * padding + list(prompt))
        mask.append([1] * queries + [0] * padding + [1] * (len(prompt) + new))
    mask = torch.tensor(mask)
    positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
    return torch.tensor(ids), torch.ones_like(mask), positions
