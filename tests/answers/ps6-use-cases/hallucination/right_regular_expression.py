def hallucination(captions, present, names):
    ordered = sorted(names, key=lambda name: len(name.split()), reverse=True)
    pattern = r"(?<!\w)(" + "|".join(re.escape(n) for n in ordered) + r")(?!\w)"
    flags = []
    for caption, objects in zip(captions, present):
        found = re.finditer(pattern, caption, flags=re.IGNORECASE)
        flags.append([names[match[0].lower()] not in objects for match in found])
    together = [flag for row in flags for flag in row] or [False]
    made_up = sum(together) / len(together)
    return made_up, sum(any(row) for row in flags) / len(flags)
