# mistake: 59 mask and positions end with the prompt
# loses: prompt_batch-mask, prompt_batch-new
# hint: no places for the new tokens
def prompt_batch(prompts, queries, padding_id, new):
    longest = max(map(len, prompts))
    ids, mask = [], []
    for prompt in prompts:
        padding = longest - len(prompt)
        ids.append([padding_id] * padding + list(prompt))
        mask.append([1] * queries + [0] * padding + [1] * len(prompt))
    mask = torch.tensor(mask)
    return torch.tensor(ids), mask, (mask.cumsum(dim=1) - 1).clamp(min=0)
