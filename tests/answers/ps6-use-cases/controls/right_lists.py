def controls(model, images, questions, train):
    def measure(answers):
        kinds = {}
        for question, answer in zip(questions, answers):
            kinds.setdefault(question.kind, []).append(question.answer == answer)
        result = {kind: sum(rows) / len(rows) for kind, rows in kinds.items()}
        every = [x for rows in kinds.values() for x in rows]
        result["all"] = sum(every) / len(every)
        return result

    count = len(images)
    own, blank, exchanged, majority = [], [], [], []
    for question in questions:
        image = images[question.image]
        own.append(model(image, question.text))
        blank.append(model(0 * image, question.text))
        other = images[(question.image + 1) % count]
        exchanged.append(model(other, question.text))
        known = [q.answer for q in train if q.kind == question.kind]
        majority.append(max(set(known), key=known.count))
    names = ("own", "blank", "exchanged", "majority")
    return dict(zip(names, map(measure, (own, blank, exchanged, majority))))
