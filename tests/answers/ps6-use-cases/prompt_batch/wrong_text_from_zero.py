# mistake: 62 positions of the text begin again with 0
# loses: prompt_batch-positions, prompt_batch-new
# hint: The soft prompts are not counted
def prompt_batch(prompts, queries, padding_id, new):
    longest = max(map(len, prompts))
    ids, mask = [], []
    for prompt in prompts:
        padding = longest - len(prompt)
        ids.append([padding_id] * padding + list(prompt))
        mask.append([1] * queries + [0] * padding + [1] * (len(prompt) + new))
    mask = torch.tensor(mask)
    text = (mask[:, queries:].cumsum(dim=1) - 1).clamp(min=0)
    first = torch.arange(queries).expand(len(mask), -1)
    return torch.tensor(ids), mask, torch.cat([first, text], dim=1)
