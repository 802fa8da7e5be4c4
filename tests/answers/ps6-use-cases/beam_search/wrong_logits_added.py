# mistake: logits are added, not logarithms of probabilities
# loses: beam_search-several
# hint: Are logits added up
def beam_search(model, end_id, longest, beams, length_penalty):
    ended, running = [], [([], 0.0)]
    for _ in range(longest):
        logits = model(torch.tensor([ids for ids, _ in running], dtype=torch.int64))
        longer = [
            ([*ids, token], score + log)
            for (ids, score), row in zip(running, logits.tolist())
            for token, log in enumerate(row)
        ]
        view = sorted(ended + longer, key=lambda text: text[1])[-beams:]
        ended = [text for text in view if text[0][-1] == end_id]
        running = [text for text in view if text[0][-1] != end_id]
        if not running:
            break
    return max(view, key=lambda text: text[1] / len(text[0]) ** length_penalty)[0]
