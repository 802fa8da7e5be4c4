# mistake: begin and end get the type id 0
# loses: interleave-types
# hint: begin and end have the type id 0
def interleave(segments, type_ids, begin, end):
    vectors, types = [], []
    for modality, tokens in segments:
        own = [type_ids[modality]] * len(tokens)
        if modality == "text":
            vectors += [tokens]
            types += own
        else:
            vectors += [begin[None], tokens, end[None]]
            types += [0, *own, 0]
    return np.concatenate(vectors), np.array(types)
