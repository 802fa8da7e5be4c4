# mistake: names are compared with objects, not what they mean
# loses: hallucination-names
# hint: Several names mean the same object
def hallucination(captions, present, names):
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile(r"\b(?:" + "|".join(longest_first) + r")\b")
    mentions = wrong_mentions = wrong = 0
    for caption, objects in zip(captions, present):
        said = pattern.findall(caption.lower())
        made_up = [name for name in said if name not in objects]
        mentions += len(said)
        wrong_mentions += len(made_up)
        wrong += bool(made_up)
    return wrong_mentions / max(mentions, 1), wrong / len(captions)
