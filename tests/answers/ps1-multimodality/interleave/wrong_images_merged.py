# mistake: neighbours of one modality share begin and end
# loses: interleave-sequence, interleave-types
# hint: two images in a row share one begin and end
from itertools import groupby


def interleave(segments, type_ids, begin, end):
    vectors, types = [], []
    for modality, group in groupby(segments, key=lambda segment: segment[0]):
        tokens = np.concatenate([tokens for _, tokens in group])
        own = [type_ids[modality]] * len(tokens)
        if modality == "text":
            vectors += [tokens]
            types += own
        else:
            vectors += [begin[None], tokens, end[None]]
            types += [type_ids["text"], *own, type_ids["text"]]
    return np.concatenate(vectors), np.array(types)
