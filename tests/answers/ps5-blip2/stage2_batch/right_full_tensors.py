def stage2_batch(prompts, answers, queries, end_id, padding_id):
    lengths = [len(p) + len(a) + 1 for p, a in zip(prompts, answers)]
    batch, longest = len(lengths), max(lengths)
    ids = torch.full((batch, longest), padding_id)
    labels = torch.full((batch, queries + longest), -100)
    mask = torch.zeros(batch, queries + longest, dtype=torch.bool)
    mask[:, :queries] = True
    for row, (prompt, answer) in enumerate(zip(prompts, answers)):
        text = torch.tensor(prompt + answer + [end_id])
        ids[row, : len(text)] = text
        start, stop = queries + len(prompt), queries + len(text)
        labels[row, start:stop] = text[len(prompt) :]
        mask[row, :stop] = True
    return ids, mask, labels
