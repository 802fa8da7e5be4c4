# mistake: a dead end is left by taking a shorter piece
# loses: wordpiece-longest
# hint: never goes back on a choice
def text_to_pieces(text, vocabulary):
    def cut(word, start):
        if start == len(word):
            return []
        mark = "_" if start == 0 else ""
        for end in range(len(word), start, -1):
            if mark + word[start:end] in vocabulary:
                rest = cut(word, end)
                if rest is not None:
                    return [(vocabulary[mark + word[start:end]], start, end)] + rest
        return None

    ids, spans = [], []
    place = 0
    for word in text.split():
        place = text.index(word, place)
        for i, start, end in cut(word, 0) or [(vocabulary["[UNK]"], 0, len(word))]:
            ids.append(i)
            spans.append((place + start, place + end))
        place += len(word)
    return ids, spans
