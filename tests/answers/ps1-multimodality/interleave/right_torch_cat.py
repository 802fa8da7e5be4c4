import torch


def interleave(segments, type_ids, begin, end):
    pieces = []
    for modality, tokens in segments:
        middle = (torch.tensor(tokens), type_ids[modality])
        if modality == "text":
            pieces.append(middle)
        else:
            pieces.append((torch.tensor(begin)[None], type_ids["text"]))
            pieces.append(middle)
            pieces.append((torch.tensor(end)[None], type_ids["text"]))
    sequence = torch.cat([vectors for vectors, _ in pieces])
    types = torch.cat([torch.full((len(v),), i) for v, i in pieces])
    return sequence.numpy(), types.numpy()
