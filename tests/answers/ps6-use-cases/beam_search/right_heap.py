def beam_search(model, end_id, longest, beams, length_penalty):
    import heapq

    view = [(0.0, ())]
    for _ in range(longest):
        new = []
        for score, ids in view:
            if end_id in ids:
                new.append((score, ids))
                continue
            logits = model(torch.tensor([ids], dtype=torch.int64))[0]
            for token, log in enumerate(F.log_softmax(logits, dim=0).tolist()):
                new.append((score + log, (*ids, token)))
        view = heapq.nlargest(beams, new)
    best = max((s / len(ids) ** length_penalty, ids) for s, ids in view)
    return list(best[1])
