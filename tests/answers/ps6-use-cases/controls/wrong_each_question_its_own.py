# mistake: 64 each question gets a wrong image of its own
# loses: controls-exchanged
# hint: came with several wrong
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
    blank = torch.zeros_like(images[0])
    wrong = []
    for number, question in enumerate(questions):
        shift = 1 + number % (len(images) - 1)
        wrong.append(images[(question.image + shift) % len(images)])
    return {
        "own": shares([model(images[q.image], q.text) for q in questions]),
        "blank": shares([model(blank, q.text) for q in questions]),
        "exchanged": shares([model(w, q.text) for w, q in zip(wrong, questions)]),
        "majority": shares([counts[q.kind].most_common(1)[0][0] for q in questions]),
    }
