# mistake: names are found within words
# loses: hallucination-names
# hint: Names are whole words
def hallucination(captions, present, names):
    pattern = re.compile("|".join(sorted(names, key=len, reverse=True)))
    mentions = wrong_mentions = wrong = 0
    for caption, objects in zip(captions, present):
        said = [names[name] for name in pattern.findall(caption.lower())]
        made_up = [thing for thing in said if thing not in objects]
        mentions += len(said)
        wrong_mentions += len(made_up)
        wrong += bool(made_up)
    return wrong_mentions / max(mentions, 1), wrong / len(captions)
