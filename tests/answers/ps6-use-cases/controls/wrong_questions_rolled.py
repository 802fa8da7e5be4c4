# mistake: 64 questions are exchanged, and some meet their own image again
# loses: controls-exchanged
# hint: if questions are, some get another question's image that is their own
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
    blank, places = torch.zeros_like(images[0]), [q.image for q in questions]
    places = places[1:] + places[:1]
    return {
        "own": shares([model(images[q.image], q.text) for q in questions]),
        "blank": shares([model(blank, q.text) for q in questions]),
        "exchanged": shares(
            [model(images[i], q.text) for i, q in zip(places, questions)]
        ),
        "majority": shares([counts[q.kind].most_common(1)[0][0] for q in questions]),
    }
