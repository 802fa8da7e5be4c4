def vqa_scores(people):
    def normalise(text):
        text = text.lower()
        clean = ""
        for place, sign in enumerate(text):
            after = text[place + 1 : place + 2]
            if sign in ',!?"' or (sign == "." and not after.isdigit()):
                continue
            clean += sign
        words = []
        for word in clean.split():
            if word in NUMBER_WORDS:
                word = str(NUMBER_WORDS.index(word))
            if word not in ["a", "an", "the"]:
                words.append(word)
        return " ".join(words)

    answers = [normalise(text) for text in people]
    scores = {}
    for answer in set(answers):
        total = 0.0
        for left_out in range(len(answers)):
            others = answers[:left_out] + answers[left_out + 1 :]
            total += min(1.0, others.count(answer) / 3)
        scores[answer] = total / len(answers)
    return scores
