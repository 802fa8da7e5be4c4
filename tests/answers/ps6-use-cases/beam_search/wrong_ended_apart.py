# mistake: ended texts take no place in view
# loses: beam_search-length, beam_search-ended
# hint: a text that has ended takes a place
def beam_search(model, end_id, longest, beams, length_penalty):
    ended, running = [], [([], 0.0)]
    for _ in range(longest):
        logits = model(torch.tensor([ids for ids, _ in running], dtype=torch.int64))
        longer = [
            ([*ids, token], score + log)
            for (ids, score), row in zip(running, logits.log_softmax(dim=-1).tolist())
            for token, log in enumerate(row)
        ]
        longer.sort(key=lambda text: -text[1])
        ended += [text for text in longer[:beams] if text[0][-1] == end_id]
        running = [text for text in longer if text[0][-1] != end_id][:beams]
    view = ended + running
    return max(view, key=lambda text: text[1] / len(text[0]) ** length_penalty)[0]
