class Candidate:
    def __init__(self, ids, score):
        self.ids, self.score = ids, score

    def is_over(self, end_id):
        return bool(self.ids) and self.ids[-1] == end_id

    def grow(self, logs):
        return [Candidate(self.ids + [t], self.score + x) for t, x in enumerate(logs)]


def beam_search(model, end_id, longest, beams, length_penalty):
    view = [Candidate([], 0.0)]
    for _ in range(longest):
        growing = [c for c in view if not c.is_over(end_id)]
        if not growing:
            break
        ids = torch.tensor([c.ids for c in growing]).long()
        logits = model(ids)
        logs = (logits - logits.logsumexp(dim=1, keepdim=True)).tolist()
        candidates = [c for c in view if c.is_over(end_id)]
        for candidate, row in zip(growing, logs):
            candidates.extend(candidate.grow(row))
        candidates.sort(key=lambda c: -c.score)
        view = candidates[:beams]
    best = max(view, key=lambda c: c.score / pow(len(c.ids), length_penalty))
    return best.ids
