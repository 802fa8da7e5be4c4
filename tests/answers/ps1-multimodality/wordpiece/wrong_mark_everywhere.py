# mistake: the mark of a word's beginning is put in front of every piece
# loses: wordpiece-longest, wordpiece-unknown, wordpiece-spans
# hint: looked up with the mark of a word's beginning
def text_to_pieces(text, vocabulary):
    ids, spans = [], []
    place = 0
    for word in text.split():
        place = text.index(word, place)
        word_ids, word_spans = [], []
        start = 0
        while start < len(word):
            mark = "_"
            for end in range(len(word), start, -1):
                if mark + word[start:end] in vocabulary:
                    break
            else:
                word_ids, word_spans = [vocabulary["[UNK]"]], [(0, len(word))]
                break
            word_ids.append(vocabulary[mark + word[start:end]])
            word_spans.append((start, end))
            start = end
        ids += word_ids
        spans += [(place + first, place + last) for first, last in word_spans]
        place += len(word)
    return ids, spans
