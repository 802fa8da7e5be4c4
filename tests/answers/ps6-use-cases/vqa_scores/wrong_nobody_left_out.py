# mistake: 63 VQA accuracy without leave-one-out
# loses: vqa_scores-left_out
# hint: Is each person left out once
def vqa_scores(people):
    digits = {word: str(number) for number, word in enumerate(NUMBER_WORDS)}
    answers = []
    for text in people:
        words = re.sub(r'[,!?"]|\.(?!\d)', "", text.lower()).split()
        words = [digits.get(w, w) for w in words if w not in ("a", "an", "the")]
        answers.append(" ".join(words))
    return {answer: min(1, n / 3) for answer, n in Counter(answers).items()}
