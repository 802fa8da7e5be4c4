# mistake: 55 padding is told by its number
# loses: prompt_batch-mask
# hint: A token was taken for padding
def prompt_batch(prompts, queries, padding_id, new):
    longest = max(map(len, prompts))
    ids, read = [], []
    for prompt in prompts:
        padding = longest - len(prompt)
        ids.append([padding_id] * padding + list(prompt))
        read.append([1] * queries + [0] * padding + [1] * (len(prompt) + new))
    ids, positions = torch.tensor(ids), torch.tensor(read).cumsum(dim=1) - 1
    mask = F.pad((ids != padding_id).long(), (queries, new), value=1)
    return ids, mask, positions.clamp(min=0)
