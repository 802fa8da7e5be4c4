# mistake: 17 one-directional loss
# loses: two_way_loss-pairs, two_way_loss-several, two_way_loss-unequal
# hint: from images to texts alone
def two_way_loss(similarities, right, temperature):
    targets = right.to(similarities.dtype) / right.sum(dim=1, keepdim=True)
    return F.cross_entropy(similarities / temperature, targets)
