# mistake: the search goes on behind END
# loses: beam_search-one, beam_search-ended, beam_search-length
# hint: Something was written behind END
def beam_search(model, end_id, longest, beams, length_penalty):
    running = [([], 0.0)]
    for _ in range(longest):
        logits = model(torch.tensor([ids for ids, _ in running], dtype=torch.int64))
        longer = [
            ([*ids, token], score + log)
            for (ids, score), row in zip(running, logits.log_softmax(dim=-1).tolist())
            for token, log in enumerate(row)
        ]
        running = sorted(longer, key=lambda text: text[1])[-beams:]
    return max(running, key=lambda text: text[1] / len(text[0]) ** length_penalty)[0]
