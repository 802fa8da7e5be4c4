# mistake: wrong mentions are divided by captions
# loses: hallucination-captions
# hint: A caption with two of them is one wrong
def hallucination(captions, present, names):
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile(r"\b(?:" + "|".join(longest_first) + r")\b")
    mentions = wrong = 0
    for caption, objects in zip(captions, present):
        said = [names[name] for name in pattern.findall(caption.lower())]
        wrong += sum(thing not in objects for thing in said)
        mentions += len(said)
    return wrong / max(mentions, 1), wrong / len(captions)
