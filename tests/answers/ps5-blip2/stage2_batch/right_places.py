def stage2_batch(prompts, answers, queries, end_id, padding_id):
    texts = [p + a + [end_id] for p, a in zip(prompts, answers)]
    ends = torch.tensor([queries + len(text) for text in texts])[:, None]
    starts = torch.tensor([queries + len(prompt) for prompt in prompts])[:, None]
    longest = max(map(len, texts))
    for text in texts:
        text.extend([padding_id] * (longest - len(text)))
    ids, place = torch.tensor(texts), torch.arange(queries + longest)
    mask = (place < ends).int()
    counts = (place >= starts) & (place < ends)
    whole = torch.cat([ids.new_zeros(len(ids), queries), ids], dim=1)
    return ids, mask, whole.where(counts, torch.tensor(-100))
