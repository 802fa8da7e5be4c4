def prompt_batch(prompts, queries, padding_id, new):
    lengths = torch.tensor([len(prompt) for prompt in prompts])[:, None]
    longest = int(lengths.max())
    ids = torch.full((len(prompts), longest), padding_id)
    for row, prompt in zip(ids, prompts):
        row[longest - len(prompt) :] = torch.tensor(prompt)
    place = torch.arange(queries + longest + new)
    gap = longest - lengths
    mask = ((place < queries) | (place >= queries + gap)).long()
    positions = torch.where(place < queries, place, place - gap).clamp(min=0)
    return ids, mask, positions
