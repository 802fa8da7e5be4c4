# mistake: the loss is returned as a new tensor, without its gradient
# loses: two_way_loss-stable
# hint: the result has lost its gradient
def two_way_loss(similarities, right, temperature):
    logits, loss = similarities / temperature, 0
    for z, answers in ((logits, right), (logits.T, right.T)):
        targets = answers.to(z.dtype) / answers.sum(dim=1, keepdim=True)
        loss += F.cross_entropy(z, targets).item() / 2
    return torch.tensor(loss, dtype=similarities.dtype)
