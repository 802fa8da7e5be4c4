# mistake: 62 written tokens go on behind the padded length
# loses: prompt_batch-new
# hint: They go on behind the longest prompt
def prompt_batch(prompts, queries, padding_id, new):
    longest = max(map(len, prompts))
    ids, mask = [], []
    for prompt in prompts:
        padding = longest - len(prompt)
        ids.append([padding_id] * padding + list(prompt))
        mask.append([1] * queries + [0] * padding + [1] * (len(prompt) + new))
    mask = torch.tensor(mask)
    positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
    positions[:, queries + longest :] = queries + longest + torch.arange(new)
    return torch.tensor(ids), mask, positions
