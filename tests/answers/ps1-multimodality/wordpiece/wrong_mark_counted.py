# mistake: the mark counts in the length of a piece
# loses: wordpiece-spans
# hint: the underscore is counted in the spans
def text_to_pieces(text, vocabulary):
    ids, spans = [], []
    place = 0
    for word in text.split():
        place = text.index(word, place)
        marked, word_pieces = "_" + word, []
        while marked:
            lengths = [n for n in range(1, len(marked) + 1) if marked[:n] in vocabulary]
            if not lengths:
                word_pieces = ["[UNK]"]
                break
            word_pieces.append(marked[: lengths[-1]])
            marked = marked[lengths[-1] :]
        position = place
        for piece in word_pieces:
            length = len(word) if piece == "[UNK]" else len(piece)
            ids.append(vocabulary[piece])
            spans.append((position, position + length))
            position += length
        place += len(word)
    return ids, spans
