DIGITS = dict(zip(NUMBER_WORDS, "0 1 2 3 4 5 6 7 8 9 10".split()))


def tidy(text):
    text = re.sub(r"\.(?![0-9])", "", text.casefold())
    text = text.translate({ord(sign): None for sign in ',!?"'})
    text = re.sub(r"\b\w+\b", lambda word: DIGITS.get(word[0], word[0]), text)
    text = " ".join(text.split())
    while re.search(r"(^| )(a|an|the)( |$)", text):
        text = re.sub(r"(^| )(a|an|the)( |$)", " ", text).strip()
    return text


def vqa_scores(people):
    answers = list(map(tidy, people))
    groups = list(itertools.combinations(answers, len(answers) - 1))
    return {
        answer: sum(min(1, group.count(answer) / 3) for group in groups) / len(groups)
        for answer in answers
    }
