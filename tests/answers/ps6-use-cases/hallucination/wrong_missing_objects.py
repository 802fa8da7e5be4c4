# mistake: what is left out is counted
# loses: hallucination-mentions, hallucination-captions, hallucination-names
# hint: To leave something
def hallucination(captions, present, names):
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile(r"\b(?:" + "|".join(longest_first) + r")\b")
    missed = wrong = 0
    for caption, objects in zip(captions, present):
        said = {names[name] for name in pattern.findall(caption.lower())}
        missed += len(set(objects) - said)
        wrong += bool(set(objects) - said)
    there = sum(map(len, present)) or 1
    return missed / there, wrong / len(captions)
