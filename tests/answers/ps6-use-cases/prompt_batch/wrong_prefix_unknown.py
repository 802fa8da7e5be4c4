# mistake: 59 62 neither mask nor positions know of the soft prompts
# loses: prompt_batch-mask, prompt_batch-positions, prompt_batch-new
# hint: no places for the soft prompts
def prompt_batch(prompts, queries, padding_id, new):
    longest = max(map(len, prompts))
    ids, mask = [], []
    for prompt in prompts:
        padding = longest - len(prompt)
        ids.append([padding_id] * padding + list(prompt))
        mask.append([0] * padding + [1] * (len(prompt) + new))
    mask = torch.tensor(mask)
    return torch.tensor(ids), mask, (mask.cumsum(dim=1) - 1).clamp(min=0)
