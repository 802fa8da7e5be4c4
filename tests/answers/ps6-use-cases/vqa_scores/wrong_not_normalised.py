# mistake: answers are compared as they are
# loses: vqa_scores-signs, vqa_scores-words
# hint: It is not normalised at all
def vqa_scores(people):
    scores = {}
    for answer, count in Counter(people).items():
        left_out = count * min(1, (count - 1) / 3)
        others = (len(people) - count) * min(1, count / 3)
        scores[answer] = (left_out + others) / len(people)
    return scores
