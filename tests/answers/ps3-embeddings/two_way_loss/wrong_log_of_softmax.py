# mistake: the logarithm of a softmax that was rounded to 0
# loses: two_way_loss-stable
# hint: log_softmax
def two_way_loss(similarities, right, temperature):
    logits, losses = similarities / temperature, []
    for z, answers in ((logits, right), (logits.T, right.T)):
        targets = answers.to(z.dtype) / answers.sum(dim=1, keepdim=True)
        losses.append(-(targets * z.softmax(dim=1).log()).sum(dim=1).mean())
    return sum(losses) / 2
