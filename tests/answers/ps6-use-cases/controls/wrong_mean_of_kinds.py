# mistake: 64 all is the mean of the kinds
# loses: controls-own
# hint: Is this the mean of the kinds' shares
def controls(model, images, questions, train):
    def shares(answers):
        right = {}
        for question, answer in zip(questions, answers):
            right.setdefault(question.kind, []).append(answer == question.answer)
        result = {kind: sum(values) / len(values) for kind, values in right.items()}
        result["all"] = sum(result.values()) / len(result)
        return result

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
