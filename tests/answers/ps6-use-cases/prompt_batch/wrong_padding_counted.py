# mistake: 62 positions count the padding
# loses: prompt_batch-positions, prompt_batch-new
# hint: The padding was counted
def prompt_batch(prompts, queries, padding_id, new):
    longest = max(map(len, prompts))
    ids, mask = [], []
    for prompt in prompts:
        padding = longest - len(prompt)
        ids.append([padding_id] * padding + list(prompt))
        mask.append([1] * queries + [0] * padding + [1] * (len(prompt) + new))
    mask = torch.tensor(mask)
    positions = torch.arange(mask.shape[1]).expand_as(mask)
    return torch.tensor(ids), mask, positions
