# mistake: 58 right padding in batched generation
# loses: prompt_batch-ids, prompt_batch-mask, prompt_batch-positions
# hint: the padding comes after the prompts
def prompt_batch(prompts, queries, padding_id, new):
    longest = max(map(len, prompts))
    ids, mask = [], []
    for prompt in prompts:
        padding = longest - len(prompt)
        ids.append(list(prompt) + [padding_id] * padding)
        mask.append([1] * (queries + len(prompt)) + [0] * padding + [1] * new)
    mask = torch.tensor(mask)
    return torch.tensor(ids), mask, (mask.cumsum(dim=1) - 1).clamp(min=0)
