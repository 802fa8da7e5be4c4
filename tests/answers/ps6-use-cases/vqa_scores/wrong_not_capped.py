# mistake: 63 more than 1 for an answer of many
# loses: vqa_scores-many
# hint: min(1, matches / 3)
def vqa_scores(people):
    digits = {word: str(number) for number, word in enumerate(NUMBER_WORDS)}
    answers = []
    for text in people:
        words = re.sub(r'[,!?"]|\.(?!\d)', "", text.lower()).split()
        words = [digits.get(w, w) for w in words if w not in ("a", "an", "the")]
        answers.append(" ".join(words))
    scores = {}
    for answer, count in Counter(answers).items():
        mean = (count * (count - 1) + (len(people) - count) * count) / len(people)
        scores[answer] = mean / 3
        if count > 3:
            scores[answer] = count / 3
    return scores
