def controls(model, images, questions, train):
    places = torch.arange(len(images))
    order = places
    while (order == places).any():
        order = torch.randperm(len(images))
    sources = {
        "own": images,
        "blank": torch.zeros_like(images),
        "exchanged": images[order],
    }
    answers = {
        name: [model(source[q.image], q.text) for q in questions]
        for name, source in sources.items()
    }
    best = {}
    for kind in {q.kind for q in train}:
        counts = Counter(q.answer for q in train if q.kind == kind)
        best[kind] = counts.most_common()[0][0]
    answers["majority"] = [best[q.kind] for q in questions]
    result = {}
    for name, given in answers.items():
        right = torch.tensor([a == q.answer for a, q in zip(given, questions)]).double()
        result[name] = {"all": right.mean().item()}
        for kind in {q.kind for q in questions}:
            is_kind = torch.tensor([q.kind == kind for q in questions])
            result[name][kind] = right[is_kind].mean().item()
    return result
