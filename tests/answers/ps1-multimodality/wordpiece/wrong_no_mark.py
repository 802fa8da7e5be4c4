# mistake: the vocabulary's mark is ignored
# loses: wordpiece-longest, wordpiece-unknown, wordpiece-spans
# hint: a word's first piece is looked up without its underscore
def text_to_pieces(text, vocabulary):
    ids, spans = [], []
    place = 0
    for word in text.split():
        place = text.index(word, place)
        word_ids, word_spans = [], []
        start = 0
        while start < len(word):
            mark = ""
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
