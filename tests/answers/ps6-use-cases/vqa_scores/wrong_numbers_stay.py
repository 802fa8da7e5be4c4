# mistake: number words stay
# loses: vqa_scores-words
# hint: Number words become digits
def vqa_scores(people):
    answers = []
    for text in people:
        words = re.sub(r'[,!?"]|\.(?!\d)', "", text.lower()).split()
        answers.append(" ".join(w for w in words if w not in ("a", "an", "the")))
    scores = {}
    for answer, count in Counter(answers).items():
        left_out = count * min(1, (count - 1) / 3)
        others = (len(people) - count) * min(1, count / 3)
        scores[answer] = (left_out + others) / len(people)
    return scores
