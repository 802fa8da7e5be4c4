def prompt_batch(prompts, queries, padding_id, new):
    rows = [torch.tensor(prompt[::-1]) for prompt in prompts]
    pad = torch.nn.utils.rnn.pad_sequence
    ids = pad(rows, batch_first=True, padding_value=padding_id).flip(1)
    is_token = pad([torch.ones_like(row) for row in rows], batch_first=True).flip(1)
    mask = F.pad(F.pad(is_token, (queries, 0), value=1), (0, new), value=1)
    positions = (mask.cumsum(1) - 1).masked_fill(mask == 0, 0)
    return ids, mask, positions
