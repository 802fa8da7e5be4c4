def interleave(segments, type_ids, begin, end):
    lengths = [len(t) + (0 if m == "text" else 2) for m, t in segments]
    stops = np.cumsum(lengths)
    sequence = np.empty((stops[-1], len(begin)), begin.dtype)
    types = np.full(stops[-1], type_ids["text"])
    for (modality, tokens), length, stop in zip(segments, lengths, stops):
        start = stop - length
        if modality != "text":
            sequence[start], sequence[stop - 1] = begin, end
            start, stop = start + 1, stop - 1
        sequence[start:stop] = tokens
        types[start:stop] = type_ids[modality]
    return sequence, types
