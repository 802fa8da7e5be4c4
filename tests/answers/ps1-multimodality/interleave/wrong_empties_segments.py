# mistake: the caller's list is emptied
# loses: interleave-sequence
# hint: changes its input
def interleave(segments, type_ids, begin, end):
    vectors, types = [], []
    while segments:
        modality, tokens = segments.pop(0)
        own = [type_ids[modality]] * len(tokens)
        if modality == "text":
            vectors += [tokens]
            types += own
        else:
            vectors += [begin[None], tokens, end[None]]
            types += [type_ids["text"], *own, type_ids["text"]]
    return np.concatenate(vectors), np.array(types)
