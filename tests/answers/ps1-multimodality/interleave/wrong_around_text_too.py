# mistake: begin and end stand around text too
# loses: interleave-sequence, interleave-types
# hint: begin and end stand around text too
def interleave(segments, type_ids, begin, end):
    vectors, types = [], []
    for modality, tokens in segments:
        own = [type_ids[modality]] * len(tokens)
        if modality is None:
            vectors += [tokens]
            types += own
        else:
            vectors += [begin[None], tokens, end[None]]
            types += [type_ids["text"], *own, type_ids["text"]]
    return np.concatenate(vectors), np.array(types)
