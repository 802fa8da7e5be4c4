def beam_search(model, end_id, longest, beams, length_penalty):
    ids, scores = torch.zeros(1, 0, dtype=torch.int64), torch.zeros(1)
    ended = []
    for _ in range(longest):
        logits = model(ids)
        totals = scores[:, None] + logits.log_softmax(dim=1)
        values, order = totals.flatten().topk(min(beams, totals.numel()))
        rows, tokens = order // logits.shape[1], order % logits.shape[1]
        ids = torch.cat([ids[rows], tokens[:, None]], dim=1)
        both = [(v, row) for v, row in zip(values.tolist(), ids.tolist())]
        view = sorted(both + ended, reverse=True)[:beams]
        ended = [(v, row) for v, row in view if end_id in row]
        running = [(v, row) for v, row in view if end_id not in row]
        if not running:
            break
        ids = torch.tensor([row for _, row in running])
        scores = torch.tensor([v for v, _ in running], dtype=logits.dtype)
    return max(view, key=lambda x: x[0] / len(x[1]) ** length_penalty)[1]
