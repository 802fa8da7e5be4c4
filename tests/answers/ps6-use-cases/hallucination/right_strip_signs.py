# signs are taken from the ends of words, and names are lists of words
def hallucination(captions, present, names):
    split = {tuple(name.split()): thing for name, thing in names.items()}
    longest = max(map(len, split))
    mentions = made_up = captions_wrong = 0
    for caption, objects in zip(captions, present):
        words = [word.strip(".,;:!?\"'()") for word in caption.lower().split()]
        place, wrong = 0, 0
        while place < len(words):
            for length in range(longest, 0, -1):
                thing = split.get(tuple(words[place : place + length]))
                if thing is not None:
                    mentions, wrong = mentions + 1, wrong + (thing not in objects)
                    place += length
                    break
            else:
                place += 1
        made_up, captions_wrong = made_up + wrong, captions_wrong + (wrong > 0)
    return (made_up / mentions if mentions else 0.0), captions_wrong / len(captions)
