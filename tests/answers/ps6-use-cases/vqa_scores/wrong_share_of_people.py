# mistake: 63 the share of people
# loses: vqa_scores-left_out, vqa_scores-many
# hint: This is the share of people
def vqa_scores(people):
    digits = {word: str(number) for number, word in enumerate(NUMBER_WORDS)}
    answers = []
    for text in people:
        words = re.sub(r'[,!?"]|\.(?!\d)', "", text.lower()).split()
        words = [digits.get(w, w) for w in words if w not in ("a", "an", "the")]
        answers.append(" ".join(words))
    return {answer: n / len(people) for answer, n in Counter(answers).items()}
