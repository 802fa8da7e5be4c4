def vqa_scores(people):
    digits = {word: str(n) for n, word in enumerate(NUMBER_WORDS)}
    table = str.maketrans("", "", ',!?"')
    counts = Counter()
    for text in people:
        text = re.sub(r"\.(\D|$)", r"\1", re.sub(r"\.(\D|$)", r"\1", text.lower()))
        words = text.translate(table).split()
        kept = [digits.get(w, w) for w in words if w not in {"a", "an", "the"}]
        counts[" ".join(kept)] += 1
    people = counts.total()
    return {
        answer: (n * min(3, n - 1) + (people - n) * min(3, n)) / (3 * people)
        for answer, n in counts.items()
    }
