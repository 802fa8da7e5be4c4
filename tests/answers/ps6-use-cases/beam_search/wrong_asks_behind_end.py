# mistake: the model is asked what comes behind END
# loses: beam_search-ended
# hint: the model was asked what comes after
def beam_search(model, end_id, longest, beams, length_penalty):
    view = [([], 0.0)]
    for _ in range(longest):
        new = []
        for ids, score in view:
            logits = model(torch.tensor([ids], dtype=torch.int64))[0]
            if ids[-1:] == [end_id]:
                new.append((ids, score))
                continue
            for token, log in enumerate(logits.log_softmax(dim=0).tolist()):
                new.append(([*ids, token], score + log))
        view = sorted(new, key=lambda text: text[1])[-beams:]
    return max(view, key=lambda text: text[1] / len(text[0]) ** length_penalty)[0]
