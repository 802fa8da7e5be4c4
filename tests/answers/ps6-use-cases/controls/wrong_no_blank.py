# mistake: 64 no blank-image baseline
# loses: controls-blank
# hint: no question was asked with a blank image
def controls(model, images, questions, train):
    def shares(answers):
        right = {"all": []}
        for question, answer in zip(questions, answers):
            right["all"].append(answer == question.answer)
            right.setdefault(question.kind, []).append(answer == question.answer)
        return {kind: sum(values) / len(values) for kind, values in right.items()}

    counts = {}
    for question in train:
        counts.setdefault(question.kind, Counter())[question.answer] += 1
    wrong = images.roll(1, dims=0)
    own = shares([model(images[q.image], q.text) for q in questions])
    return {
        "own": own,
        "blank": dict.fromkeys(own, 0.0),
        "exchanged": shares([model(wrong[q.image], q.text) for q in questions]),
        "majority": shares([counts[q.kind].most_common(1)[0][0] for q in questions]),
    }
