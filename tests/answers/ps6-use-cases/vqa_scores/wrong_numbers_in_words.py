# mistake: number words are replaced within words
# loses: vqa_scores-words
# hint: Only whole words are numbers
def vqa_scores(people):
    answers = []
    for text in people:
        text = re.sub(r'[,!?"]|\.(?!\d)', "", text.lower())
        for number, word in enumerate(NUMBER_WORDS):
            text = text.replace(word, str(number))
        words = [w for w in text.split() if w not in ("a", "an", "the")]
        answers.append(" ".join(words))
    scores = {}
    for answer, count in Counter(answers).items():
        left_out = count * min(1, (count - 1) / 3)
        others = (len(people) - count) * min(1, count / 3)
        scores[answer] = (left_out + others) / len(people)
    return scores
