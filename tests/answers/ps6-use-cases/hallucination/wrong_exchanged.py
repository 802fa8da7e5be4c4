# mistake: the two numbers are exchanged
# loses: hallucination-mentions, hallucination-captions
# hint: are the two numbers exchanged
def hallucination(captions, present, names):
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile(r"\b(?:" + "|".join(longest_first) + r")\b")
    mentions = wrong_mentions = wrong = 0
    for caption, objects in zip(captions, present):
        said = [names[name] for name in pattern.findall(caption.lower())]
        made_up = [thing for thing in said if thing not in objects]
        mentions += len(said)
        wrong_mentions += len(made_up)
        wrong += bool(made_up)
    return wrong / len(captions), wrong_mentions / max(mentions, 1)
