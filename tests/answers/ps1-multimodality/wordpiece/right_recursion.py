def text_to_pieces(text, vocabulary):
    def cut(start, stop, mark):
        """The pieces of text[start:stop] as (id, start, end), None if it can't be cut."""
        if start == stop:
            return []
        end = stop
        while end > start and mark + text[start:end] not in vocabulary:
            end -= 1
        if end == start:
            return None
        rest = cut(end, stop, "")
        if rest is None:
            return None
        return [(vocabulary[mark + text[start:end]], start, end)] + rest

    found = []
    start = 0
    while start < len(text):
        if text[start].isspace():
            start += 1
            continue
        stop = start
        while stop < len(text) and not text[stop].isspace():
            stop += 1
        pieces = cut(start, stop, "_")
        found += [(vocabulary["[UNK]"], start, stop)] if pieces is None else pieces
        start = stop
    return [i for i, _, _ in found], [(a, b) for _, a, b in found]
