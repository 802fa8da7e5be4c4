# mistake: begin and end stand around each token
# loses: interleave-sequence, interleave-types
# hint: begin and end stand around each token
def interleave(segments, type_ids, begin, end):
    vectors, types = [], []
    for modality, tokens in segments:
        for token in tokens:
            if modality == "text":
                vectors += [token]
                types += [type_ids[modality]]
            else:
                vectors += [begin, token, end]
                types += [type_ids["text"], type_ids[modality], type_ids["text"]]
    return np.array(vectors), np.array(types)
