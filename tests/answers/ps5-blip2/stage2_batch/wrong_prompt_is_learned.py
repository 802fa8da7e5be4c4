# mistake: 61 the prompt is to be written
# loses: stage2_batch-labels
# hint: the prompt is to be learned, too
def stage2_batch(prompts, answers, queries, end_id, padding_id):
    answers = [[*answer, end_id] for answer in answers]
    longest = max(len(p) + len(a) for p, a in zip(prompts, answers))

    def fill(row, value):
        return [*row, *[value] * (longest - len(row))]

    pairs = list(zip(prompts, answers))
    ids = torch.tensor([fill(p + a, padding_id) for p, a in pairs])
    mask = torch.tensor([fill([1] * len(p + a), 0) for p, a in pairs])
    labels = torch.tensor([fill(p + a, -100) for p, a in pairs])
    mask = F.pad(mask, (queries, 0), value=1)
    labels = F.pad(labels, (queries, 0), value=-100)
    return ids, mask, labels
