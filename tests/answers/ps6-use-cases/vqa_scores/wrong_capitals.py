# mistake: capital letters stay
# loses: vqa_scores-signs
# hint: Letters become small ones
def vqa_scores(people):
    digits = {word: str(number) for number, word in enumerate(NUMBER_WORDS)}
    answers = []
    for text in people:
        words = re.sub(r'[,!?"]|\.(?!\d)', "", text).split()
        words = [digits.get(w, w) for w in words if w not in ("a", "an", "the")]
        answers.append(" ".join(words))
    scores = {}
    for answer, count in Counter(answers).items():
        left_out = count * min(1, (count - 1) / 3)
        others = (len(people) - count) * min(1, count / 3)
        scores[answer] = (left_out + others) / len(people)
    return scores
