# mistake: END is taken from the result
# loses: beam_search-one, beam_search-ended, beam_search-length
# hint: END belongs to the text
def beam_search(model, end_id, longest, beams, length_penalty):
    ended, running = [], [([], 0.0)]
    for _ in range(longest):
        logits = model(torch.tensor([ids for ids, _ in running], dtype=torch.int64))
        longer = [
            ([*ids, token], score + log)
            for (ids, score), row in zip(running, logits.log_softmax(dim=-1).tolist())
            for token, log in enumerate(row)
        ]
        view = sorted(ended + longer, key=lambda text: text[1])[-beams:]
        ended = [text for text in view if text[0][-1] == end_id]
        running = [text for text in view if text[0][-1] != end_id]
        if not running:
            break
    best = max(view, key=lambda text: text[1] / len(text[0]) ** length_penalty)[0]
    return best[:-1] if best[-1] == end_id else best
