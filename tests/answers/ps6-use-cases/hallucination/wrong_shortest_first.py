# mistake: the shortest name counts
# loses: hallucination-names
# hint: and another was found
def hallucination(captions, present, names):
    shortest_first = sorted(names, key=len)
    pattern = re.compile(r"\b(?:" + "|".join(shortest_first) + r")\b")
    mentions = wrong_mentions = wrong = 0
    for caption, objects in zip(captions, present):
        said = [names[name] for name in pattern.findall(caption.lower())]
        made_up = [thing for thing in said if thing not in objects]
        mentions += len(said)
        wrong_mentions += len(made_up)
        wrong += bool(made_up)
    return wrong_mentions / max(mentions, 1), wrong / len(captions)
