# mistake: 33 several right answers, each with the target 1
# loses: two_way_loss-several, two_way_loss-unequal
# hint: sum to more than 1
def two_way_loss(similarities, right, temperature):
    logits, targets = similarities / temperature, right.to(similarities.dtype)
    loss = F.cross_entropy(logits, targets) + F.cross_entropy(logits.T, targets.T)
    return loss / 2
