# mistake: articles are cut out of words
# loses: vqa_scores-words
# hint: Only whole words are articles
def vqa_scores(people):
    digits = {word: str(number) for number, word in enumerate(NUMBER_WORDS)}
    answers = []
    for text in people:
        text = re.sub(r'[,!?"]|\.(?!\d)', "", text.lower())
        for article in ("the ", "an ", "a "):
            text = text.replace(article, "")
        answers.append(" ".join(digits.get(w, w) for w in text.split()))
    scores = {}
    for answer, count in Counter(answers).items():
        left_out = count * min(1, (count - 1) / 3)
        others = (len(people) - count) * min(1, count / 3)
        scores[answer] = (left_out + others) / len(people)
    return scores
