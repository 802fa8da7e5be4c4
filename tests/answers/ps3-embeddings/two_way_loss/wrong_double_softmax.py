# mistake: 16 double softmax
# loses: two_way_loss-pairs, two_way_loss-several, two_way_loss-unequal, two_way_loss-stable
# hint: was a softmax taken twice
def two_way_loss(similarities, right, temperature):
    logits, loss = similarities / temperature, 0
    for z, answers in ((logits, right), (logits.T, right.T)):
        targets = answers.to(z.dtype) / answers.sum(dim=1, keepdim=True)
        loss = loss + F.cross_entropy(z.softmax(dim=1), targets) / 2
    return loss
