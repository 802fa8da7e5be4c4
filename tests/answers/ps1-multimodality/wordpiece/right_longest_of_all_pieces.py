def text_to_pieces(text, vocabulary):
    """Ask every piece of the vocabulary whether it fits, the longest first."""
    first = sorted(
        (p for p in vocabulary if p.startswith("_") and len(p) > 1), key=len, reverse=True
    )
    further = sorted(
        (p for p in vocabulary if not p.startswith("_") and p != "[UNK]"),
        key=len, reverse=True,
    )
    ids, spans = (), ()
    position = 0
    for word in text.split():
        begin = text.find(word, position)
        position = begin + len(word)
        here, places, at = [], [], 0
        while at < len(word):
            candidates = first if at == 0 else further
            for piece in candidates:
                letters = piece[1:] if at == 0 else piece
                if word.startswith(letters, at):
                    here.append(vocabulary[piece])
                    places.append((begin + at, begin + at + len(letters)))
                    at += len(letters)
                    break
            else:
                here, places = [vocabulary["[UNK]"]], [(begin, position)]
                at = len(word)
        ids += tuple(here)
        spans += tuple(places)
    return list(ids), list(spans)
