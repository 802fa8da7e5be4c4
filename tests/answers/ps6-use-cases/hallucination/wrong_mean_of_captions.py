# mistake: the mean of the captions' shares
# loses: hallucination-mentions
# hint: All mentions are counted
def hallucination(captions, present, names):
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile(r"\b(?:" + "|".join(longest_first) + r")\b")
    shares, wrong = [], 0
    for caption, objects in zip(captions, present):
        said = [names[name] for name in pattern.findall(caption.lower())]
        made_up = [thing for thing in said if thing not in objects]
        if said:
            shares.append(len(made_up) / len(said))
        wrong += bool(made_up)
    return sum(shares) / max(len(shares), 1), wrong / len(captions)
