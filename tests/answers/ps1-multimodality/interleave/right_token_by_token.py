def interleave(segments, type_ids, begin, end):
    sequence, types = [], []
    for modality, tokens in segments:
        if modality != "text":
            sequence.append(begin)
            types.append(type_ids["text"])
        for token in tokens:
            sequence.append(token)
            types.append(type_ids[modality])
        if modality != "text":
            sequence.append(end)
            types.append(type_ids["text"])
    return np.array(sequence), np.array(types)
