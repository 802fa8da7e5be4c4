# mistake: all text comes first
# loses: interleave-sequence, interleave-types
# hint: sorted by modality
def interleave(segments, type_ids, begin, end):
    vectors, types = [], []
    for modality, tokens in sorted(segments, key=lambda s: s[0] != "text"):
        own = [type_ids[modality]] * len(tokens)
        if modality == "text":
            vectors += [tokens]
            types += own
        else:
            vectors += [begin[None], tokens, end[None]]
            types += [type_ids["text"], *own, type_ids["text"]]
    return np.concatenate(vectors), np.array(types)
