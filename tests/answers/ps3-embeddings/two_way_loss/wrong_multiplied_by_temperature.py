# mistake: 18 the temperature is a factor
# loses: two_way_loss-pairs, two_way_loss-several, two_way_loss-unequal, two_way_loss-stable
# hint: multiplied by the temperature
def two_way_loss(similarities, right, temperature):
    logits, loss = similarities * temperature, 0
    for z, answers in ((logits, right), (logits.T, right.T)):
        targets = answers.to(z.dtype) / answers.sum(dim=1, keepdim=True)
        loss = loss + F.cross_entropy(z, targets) / 2
    return loss
