# mistake: 64 kinds are divided by the number of all questions
# loses: controls-own, controls-blank, controls-exchanged, controls-majority
# hint: Divide by the number of questions of this kind
def controls(model, images, questions, train):
    def shares(answers):
        right = {"all": []}
        for question, answer in zip(questions, answers):
            right["all"].append(answer == question.answer)
            right.setdefault(question.kind, []).append(answer == question.answer)
        return {kind: sum(x) / len(questions) for kind, x in right.items()}

    counts = {}
    for question in train:
        counts.setdefault(question.kind, Counter())[question.answer] += 1
    blank, wrong = torch.zeros_like(images[0]), images.roll(1, dims=0)
    return {
        "own": shares([model(images[q.image], q.text) for q in questions]),
        "blank": shares([model(blank, q.text) for q in questions]),
        "exchanged": shares([model(wrong[q.image], q.text) for q in questions]),
        "majority": shares([counts[q.kind].most_common(1)[0][0] for q in questions]),
    }
