def stage2_batch(prompts, answers, queries, end_id, padding_id):
    def pad(rows, value):
        rows = [torch.tensor(row, dtype=torch.long) for row in rows]
        return nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)

    full = [[*answer, end_id] for answer in answers]
    pairs = list(zip(prompts, full))
    hidden = [[-100] * (queries + len(prompt)) for prompt in prompts]
    labels = pad([h + a for h, a in zip(hidden, full)], -100)
    mask = pad([[1.0] * (queries + len(p) + len(a)) for p, a in pairs], 0).float()
    return [pad([p + a for p, a in pairs], padding_id), mask, labels]
