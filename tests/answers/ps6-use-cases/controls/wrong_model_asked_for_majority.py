# mistake: 64 the most frequent answer of the model
# loses: controls-majority
# hint: The majority needs no model
def controls(model, images, questions, train):
    def shares(answers):
        right = {"all": []}
        for question, answer in zip(questions, answers):
            right["all"].append(answer == question.answer)
            right.setdefault(question.kind, []).append(answer == question.answer)
        return {kind: sum(values) / len(values) for kind, values in right.items()}

    counts = {}
    for q in questions:
        answer = model(images[q.image], q.text)
        counts.setdefault(q.kind, Counter())[answer] += 1
    blank, wrong = torch.zeros_like(images[0]), images.roll(1, dims=0)
    return {
        "own": shares([model(images[q.image], q.text) for q in questions]),
        "blank": shares([model(blank, q.text) for q in questions]),
        "exchanged": shares([model(wrong[q.image], q.text) for q in questions]),
        "majority": shares([counts[q.kind].most_common(1)[0][0] for q in questions]),
    }
