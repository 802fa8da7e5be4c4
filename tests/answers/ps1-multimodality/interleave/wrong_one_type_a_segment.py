# mistake: there is one type id for each segment
# loses: interleave-types
# hint: there is one type id a segment
def interleave(segments, type_ids, begin, end):
    vectors, types = [], []
    for modality, tokens in segments:
        own = [type_ids[modality]] * len(tokens)
        if modality == "text":
            vectors += [tokens]
            types += own[:1]
        else:
            vectors += [begin[None], tokens, end[None]]
            types += own[:1]
    return np.concatenate(vectors), np.array(types)
