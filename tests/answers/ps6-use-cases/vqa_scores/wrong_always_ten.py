# mistake: 63 ten people are taken for granted
# loses: vqa_scores-left_out
# hint: Are there always ten people
def vqa_scores(people):
    digits = {word: str(number) for number, word in enumerate(NUMBER_WORDS)}
    answers = []
    for text in people:
        words = re.sub(r'[,!?"]|\.(?!\d)', "", text.lower()).split()
        words = [digits.get(w, w) for w in words if w not in ("a", "an", "the")]
        answers.append(" ".join(words))
    scores = {}
    for answer, count in Counter(answers).items():
        left_out = count * min(1, (count - 1) / 3)
        others = (len(people) - count) * min(1, count / 3)
        scores[answer] = (left_out + others) / 10
    return scores
