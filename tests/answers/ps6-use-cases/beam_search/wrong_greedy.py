# mistake: only the likeliest token is ever followed
# loses: beam_search-several, beam_search-ended, beam_search-length
# hint: That is what a greedy search finds
def beam_search(model, end_id, longest, beams, length_penalty):
    ids = []
    while len(ids) < longest and ids[-1:] != [end_id]:
        logits = model(torch.tensor([ids], dtype=torch.int64))
        ids.append(logits[0].argmax().item())
    return ids
