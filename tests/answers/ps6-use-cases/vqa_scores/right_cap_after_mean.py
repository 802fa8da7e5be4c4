def vqa_scores(people):
    digits = {word: str(number) for number, word in enumerate(NUMBER_WORDS)}
    answers = []
    for text in people:
        words = re.sub(r'[,!?"]|\.(?!\d)', "", text.lower()).split()
        words = [digits.get(w, w) for w in words if w not in ("a", "an", "the")]
        answers.append(" ".join(words))
    total = len(people)
    return {a: min(1, n * (total - 1) / total / 3) for a, n in Counter(answers).items()}
