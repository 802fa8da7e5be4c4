def two_way_loss(similarities, right, temperature):
    z = similarities / temperature
    directions = []
    for logits, answers in ((z, right), (z.T, right.T)):
        losses = []
        for row, answer in zip(logits, answers):
            losses.append(torch.logsumexp(row, dim=0) - row[answer].mean())
        directions.append(sum(losses) / len(losses))
    return sum(directions) / 2
