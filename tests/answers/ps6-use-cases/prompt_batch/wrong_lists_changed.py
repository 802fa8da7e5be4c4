# mistake: 58 the lists of the caller are padded
# loses: prompt_batch-ids, prompt_batch-mask, prompt_batch-positions, prompt_batch-new
# hint: was changed in place
def prompt_batch(prompts, queries, padding_id, new):
    longest = max(map(len, prompts))
    mask = []
    for prompt in prompts:
        padding = longest - len(prompt)
        mask.append([1] * queries + [0] * padding + [1] * (len(prompt) + new))
        prompt[:0] = [padding_id] * padding
    mask = torch.tensor(mask)
    return torch.tensor(prompts), mask, (mask.cumsum(dim=1) - 1).clamp(min=0)
