# mistake: the share of what is right
# loses: hallucination-mentions, hallucination-captions, hallucination-names
# hint: This is the share of mentions that are RIGHT
def hallucination(captions, present, names):
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile(r"\b(?:" + "|".join(longest_first) + r")\b")
    mentions = right_mentions = right = 0
    for caption, objects in zip(captions, present):
        said = [names[name] for name in pattern.findall(caption.lower())]
        true = [thing for thing in said if thing in objects]
        mentions += len(said)
        right_mentions += len(true)
        right += true == said
    return right_mentions / max(mentions, 1), right / len(captions)
