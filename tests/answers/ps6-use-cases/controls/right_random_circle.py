class Score:
    def __init__(self):
        self.right, self.asked = Counter(), Counter()

    def add(self, question, answer):
        for kind in (question.kind, "all"):
            self.asked[kind] += 1
            self.right[kind] += int(answer == question.answer)

    def shares(self):
        return {kind: self.right[kind] / n for kind, n in self.asked.items()}


def controls(model, images, questions, train):
    circle = torch.randperm(len(images)).tolist()
    instead = dict(zip(circle, circle[1:] + circle[:1]))
    frequent = {q.kind: Counter() for q in train}
    for q in train:
        frequent[q.kind].update([q.answer])
    blank = torch.zeros(images.shape[1:], dtype=images.dtype)
    scores = {name: Score() for name in ("own", "blank", "exchanged", "majority")}
    for q in questions:
        scores["own"].add(q, model(images[q.image], q.text))
        scores["blank"].add(q, model(blank, q.text))
        scores["exchanged"].add(q, model(images[instead[q.image]], q.text))
        scores["majority"].add(q, max(frequent[q.kind], key=frequent[q.kind].get))
    return {name: score.shares() for name, score in scores.items()}
