# mistake: 63 the most frequent answer is the right one
# loses: vqa_scores-left_out, vqa_scores-many
# hint: Other answers than the most frequent one count
def vqa_scores(people):
    digits = {word: str(number) for number, word in enumerate(NUMBER_WORDS)}
    answers = []
    for text in people:
        words = re.sub(r'[,!?"]|\.(?!\d)', "", text.lower()).split()
        words = [digits.get(w, w) for w in words if w not in ("a", "an", "the")]
        answers.append(" ".join(words))
    counts = Counter(answers)
    best = max(counts.values())
    return {answer: float(n == best) for answer, n in counts.items()}
