# mistake: words keep their commas and full stops
# loses: hallucination-names
# hint: Are capital letters, and signs behind words, in the way
def hallucination(captions, present, names):
    mentions = wrong_mentions = wrong = 0
    for caption, objects in zip(captions, present):
        words = caption.lower().split()
        said = [names[word] for word in words if word in names]
        made_up = [thing for thing in said if thing not in objects]
        mentions += len(said)
        wrong_mentions += len(made_up)
        wrong += bool(made_up)
    return wrong_mentions / max(mentions, 1), wrong / len(captions)
