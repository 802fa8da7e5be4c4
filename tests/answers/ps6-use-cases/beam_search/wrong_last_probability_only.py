# mistake: texts are compared by their last token alone
# loses: beam_search-several, beam_search-ended, beam_search-length
# hint: and it should be
def beam_search(model, end_id, longest, beams, length_penalty):
    ended, running = [], [([], 0.0)]
    for _ in range(longest):
        logits = model(torch.tensor([ids for ids, _ in running], dtype=torch.int64))
        longer = [
            ([*ids, token], log)
            for (ids, score), row in zip(running, logits.log_softmax(dim=-1).tolist())
            for token, log in enumerate(row)
        ]
        view = sorted(ended + longer, key=lambda text: text[1])[-beams:]
        ended = [text for text in view if text[0][-1] == end_id]
        running = [text for text in view if text[0][-1] != end_id]
        if not running:
            break
    return max(view, key=lambda text: text[1] / len(text[0]) ** length_penalty)[0]
