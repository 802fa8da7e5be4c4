# mistake: divided by the number of objects that are there
# loses: hallucination-mentions
# hint: Divide by the number of mentions
def hallucination(captions, present, names):
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile(r"\b(?:" + "|".join(longest_first) + r")\b")
    wrong_mentions = wrong = 0
    for caption, objects in zip(captions, present):
        said = [names[name] for name in pattern.findall(caption.lower())]
        made_up = [thing for thing in said if thing not in objects]
        wrong_mentions += len(made_up)
        wrong += bool(made_up)
    there = sum(map(len, present)) or 1
    return wrong_mentions / there, wrong / len(captions)
