# mistake: each object counts once for a caption
# loses: hallucination-mentions
# hint: Each mention counts
def hallucination(captions, present, names):
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile(r"\b(?:" + "|".join(longest_first) + r")\b")
    mentions = wrong_mentions = wrong = 0
    for caption, objects in zip(captions, present):
        said = {names[name] for name in pattern.findall(caption.lower())}
        made_up = said - set(objects)
        mentions += len(said)
        wrong_mentions += len(made_up)
        wrong += bool(made_up)
    return wrong_mentions / max(mentions, 1), wrong / len(captions)
