import re


def text_to_pieces(text, vocabulary):
    ids, spans = [], []
    for match in re.finditer(r"\S+", text):
        pieces = cut("_" + match.group(), vocabulary)
        if pieces is None:
            ids.append(vocabulary["[UNK]"])
            spans.append(match.span())
            continue
        place = match.start()
        for piece in pieces:
            length = len(piece.removeprefix("_")) if place == match.start() else len(piece)
            ids.append(vocabulary[piece])
            spans.append((place, place + length))
            place += length
    return ids, spans


def cut(marked, vocabulary):
    """Cut a word that begins with its mark; None if it can't be cut."""
    pieces = []
    while marked:
        # The mark must not be taken alone.
        shortest = 1 if pieces else 2
        fitting = [
            marked[:n] for n in range(shortest, len(marked) + 1) if marked[:n] in vocabulary
        ]
        if not fitting:
            return None
        pieces.append(fitting[-1])
        marked = marked[len(fitting[-1]) :]
    return pieces
