def mentioned(caption, names):
    text = " " + re.sub(r"[^\w\s]", " ", caption).lower() + " "
    text = re.sub(r"\s+", "  ", text)
    order = sorted(names, key=lambda name: -len(name))
    pattern = "|".join(" " + name.replace(" ", "  ") + " " for name in order)
    found = re.findall(pattern, text) if names else []
    return Counter(names[" ".join(name.split())] for name in found)


def hallucination(captions, present, names):
    said = [mentioned(caption, names) for caption in captions]
    false = [
        Counter({thing: n for thing, n in counts.items() if thing not in objects})
        for counts, objects in zip(said, present)
    ]
    total = sum(counts.total() for counts in said)
    wrong = sum(counts.total() for counts in false)
    share = sum(1 for counts in false if counts) / len(captions)
    return (wrong / total if total else 0.0), share
