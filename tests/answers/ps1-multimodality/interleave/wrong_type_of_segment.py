# mistake: begin and end have the type of what they enclose
# loses: interleave-types
# hint: begin and end have the type of the segment they enclose
def interleave(segments, type_ids, begin, end):
    vectors, types = [], []
    for modality, tokens in segments:
        own = [type_ids[modality]] * len(tokens)
        if modality == "text":
            vectors += [tokens]
            types += own
        else:
            vectors += [begin[None], tokens, end[None]]
            types += [type_ids[modality], *own, type_ids[modality]]
    return np.concatenate(vectors), np.array(types)
