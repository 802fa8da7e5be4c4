# mistake: 63 what holds for ten people, three tenths for each, is taken for all
# loses: vqa_scores-left_out
# hint: Are there always ten people
def vqa_scores(people):
    digits = {word: str(number) for number, word in enumerate(NUMBER_WORDS)}
    answers = []
    for text in people:
        words = re.sub(r'[,!?"]|\.(?!\d)', "", text.lower()).split()
        words = [digits.get(w, w) for w in words if w not in ("a", "an", "the")]
        answers.append(" ".join(words))
    counts = Counter(answers)
    return {answer: min(1, 0.3 * count) for answer, count in counts.items()}
