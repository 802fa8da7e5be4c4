# mistake: 64 one majority for all kinds
# loses: controls-majority
# hint: One answer was given to all kinds
def controls(model, images, questions, train):
    def shares(answers):
        right = {"all": []}
        for question, answer in zip(questions, answers):
            right["all"].append(answer == question.answer)
            right.setdefault(question.kind, []).append(answer == question.answer)
        return {kind: sum(values) / len(values) for kind, values in right.items()}

    frequent = Counter(q.answer for q in train).most_common(1)[0][0]
    blank, wrong = torch.zeros_like(images[0]), images.roll(1, dims=0)
    return {
        "own": shares([model(images[q.image], q.text) for q in questions]),
        "blank": shares([model(blank, q.text) for q in questions]),
        "exchanged": shares([model(wrong[q.image], q.text) for q in questions]),
        "majority": shares([frequent] * len(questions)),
    }
