def text_to_pieces(text, vocabulary):
    spaces = np.array([True, *(c.isspace() for c in text), True])
    edges = np.diff(spaces.astype(int))
    ids, spans = [], []
    for start, stop in zip(np.where(edges == -1)[0], np.where(edges == 1)[0]):
        saved, place = len(ids), start
        while place < stop:
            mark = "_" if place == start else ""
            ends = [
                e for e in range(place + 1, stop + 1) if mark + text[place:e] in vocabulary
            ]
            if not ends:
                del ids[saved:], spans[saved:]
                ids.append(np.int64(vocabulary["[UNK]"]))
                spans.append([start, stop])
                break
            ids.append(np.int64(vocabulary[mark + text[place : max(ends)]]))
            spans.append([place, max(ends)])
            place = max(ends)
    return ids, spans
