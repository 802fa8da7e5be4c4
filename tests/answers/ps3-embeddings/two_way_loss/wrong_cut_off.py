# mistake: probabilities are cut off to avoid an infinite logarithm
# loses: two_way_loss-stable
# hint: was something cut off
def two_way_loss(similarities, right, temperature):
    logits, losses = similarities / temperature, []
    for z, answers in ((logits, right), (logits.T, right.T)):
        targets = answers.to(z.dtype) / answers.sum(dim=1, keepdim=True)
        probabilities = z.softmax(dim=1).clamp(min=1e-12)
        losses.append(-(targets * probabilities.log()).sum(dim=1).mean())
    return sum(losses) / 2
