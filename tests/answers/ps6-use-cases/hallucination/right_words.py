def hallucination(captions, present, names):
    longest = max(len(name.split()) for name in names)
    all_mentions, wrong_captions = [], 0
    for caption, objects in zip(captions, present):
        words = re.findall(r"\w+", caption.lower())
        place, found = 0, []
        while place < len(words):
            for length in range(longest, 0, -1):
                name = " ".join(words[place : place + length])
                if name in names and place + length <= len(words):
                    found.append(names[name] in objects)
                    place += length
                    break
            else:
                place += 1
        all_mentions += found
        wrong_captions += not all(found)
    wrong = all_mentions.count(False)
    per_mention = wrong / len(all_mentions) if all_mentions else 0.0
    return per_mention, wrong_captions / len(captions)
