# mistake: 64 one image serves as the wrong one for all
# loses: controls-exchanged
# hint: Each takes the place of one
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
    blank, wrong = torch.zeros_like(images[0]), images[:1].repeat(len(images), 1, 1, 1)
    wrong[0] = images[1]
    return {
        "own": shares([model(images[q.image], q.text) for q in questions]),
        "blank": shares([model(blank, q.text) for q in questions]),
        "exchanged": shares([model(wrong[q.image], q.text) for q in questions]),
        "majority": shares([counts[q.kind].most_common(1)[0][0] for q in questions]),
    }
