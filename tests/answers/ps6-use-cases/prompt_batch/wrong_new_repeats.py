# mistake: 62 all written tokens get one position
# loses: prompt_batch-new
# hint: Each has its own
def prompt_batch(prompts, queries, padding_id, new):
    longest = max(map(len, prompts))
    ids, mask = [], []
    for prompt in prompts:
        padding = longest - len(prompt)
        ids.append([padding_id] * padding + list(prompt))
        mask.append([1] * queries + [0] * padding + [1] * (len(prompt) + new))
    mask = torch.tensor(mask)
    positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
    if new:
        lengths = torch.tensor([len(prompt) for prompt in prompts])
        positions[:, -new:] = (queries + lengths)[:, None]
    return torch.tensor(ids), mask, positions
