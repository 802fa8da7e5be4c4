# mistake: the logarithm of the sum instead of the mean of logarithms
# loses: two_way_loss-several, two_way_loss-unequal
# hint: were added before the logarithm
def two_way_loss(similarities, right, temperature):
    logits, loss = similarities / temperature, 0
    for z, answers in ((logits, right), (logits.T, right.T)):
        chosen = z.masked_fill(~answers, -math.inf)
        loss = loss + (z.logsumexp(dim=1) - chosen.logsumexp(dim=1)).mean() / 2
    return loss
