# mistake: modalities are numbered as they occur
# loses: interleave-types
# hint: count the modalities as they occur
def interleave(segments, type_ids, begin, end):
    names = dict.fromkeys(["text", *(modality for modality, _ in segments)])
    type_ids = {name: number for number, name in enumerate(names)}
    vectors, types = [], []
    for modality, tokens in segments:
        own = [type_ids[modality]] * len(tokens)
        if modality == "text":
            vectors += [tokens]
            types += own
        else:
            vectors += [begin[None], tokens, end[None]]
            types += [type_ids["text"], *own, type_ids["text"]]
    return np.concatenate(vectors), np.array(types)
