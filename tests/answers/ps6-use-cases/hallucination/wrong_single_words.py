# mistake: only single words are looked up
# loses: hallucination-names
# hint: does not count by itself
def hallucination(captions, present, names):
    mentions = wrong_mentions = wrong = 0
    for caption, objects in zip(captions, present):
        words = re.findall(r"\w+", caption.lower())
        said = [names[word] for word in words if word in names]
        made_up = [thing for thing in said if thing not in objects]
        mentions += len(said)
        wrong_mentions += len(made_up)
        wrong += bool(made_up)
    return wrong_mentions / max(mentions, 1), wrong / len(captions)
