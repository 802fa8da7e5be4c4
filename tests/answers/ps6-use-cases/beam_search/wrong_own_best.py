# mistake: each text keeps its own best continuation
# loses: beam_search-several, beam_search-length
# hint: Does each text keep its own best continuation
def beam_search(model, end_id, longest, beams, length_penalty):
    ended, running = [], [([], 0.0)]
    for step in range(longest):
        logits = model(torch.tensor([ids for ids, _ in running], dtype=torch.int64))
        longer = []
        for (ids, score), row in zip(running, logits.log_softmax(dim=-1)):
            values, tokens = row.topk(min(beams, len(row)) if step == 0 else 1)
            for log, token in zip(values.tolist(), tokens.tolist()):
                longer.append(([*ids, token], score + log))
        view = sorted(ended + longer, key=lambda text: text[1])[-beams:]
        ended = [text for text in view if text[0][-1] == end_id]
        running = [text for text in view if text[0][-1] != end_id]
        if not running:
            break
    return max(view, key=lambda text: text[1] / len(text[0]) ** length_penalty)[0]
