# mistake: end is forgotten
# loses: interleave-sequence, interleave-types
# hint: end is missing
def interleave(segments, type_ids, begin, end):
    vectors, types = [], []
    for modality, tokens in segments:
        own = [type_ids[modality]] * len(tokens)
        if modality == "text":
            vectors += [tokens]
            types += own
        else:
            vectors += [begin[None], tokens]
            types += [type_ids["text"], *own]
    return np.concatenate(vectors), np.array(types)
