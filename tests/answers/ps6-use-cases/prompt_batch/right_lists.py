def prompt_batch(prompts, queries, padding_id, new):
    width = max(len(prompt) for prompt in prompts)
    ids, mask, positions = [], [], []
    for prompt in prompts:
        gap = width - len(prompt)
        ids.append([*[padding_id] * gap, *prompt])
        mask.append([*[1] * queries, *[0] * gap, *[1] * len(prompt), *[1] * new])
        after = range(queries, queries + len(prompt) + new)
        positions.append([*range(queries), *[1] * gap, *after])
    return torch.tensor(ids), torch.tensor(mask), torch.tensor(positions)
