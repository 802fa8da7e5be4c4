# mistake: the longest names are looked for first, wherever they stand
# loses: hallucination-names
# hint: read from left to right
def hallucination(captions, present, names):
    mentions = made_up = captions_wrong = 0
    for caption, objects in zip(captions, present):
        text, said = caption.lower(), []
        for name in sorted(names, key=len, reverse=True):
            pattern = rf"\b{re.escape(name)}\b"
            said += [names[name]] * len(re.findall(pattern, text))
            text = re.sub(pattern, "_", text)
        wrong = [thing for thing in said if thing not in objects]
        mentions, made_up = mentions + len(said), made_up + len(wrong)
        captions_wrong += bool(wrong)
    return made_up / max(mentions, 1), captions_wrong / len(captions)
