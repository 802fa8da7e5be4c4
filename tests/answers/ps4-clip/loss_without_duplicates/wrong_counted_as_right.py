# mistake: 26 duplicates are counted as right answers
# loses: loss_without_duplicates-candidates, loss_without_duplicates-gradient
# hint: equal captions are counted as right answers
def loss_without_duplicates(logits, captions):
    same = torch.tensor([[a == b for b in captions] for a in captions])
    targets = same / same.sum(dim=1, keepdim=True)
    targets = targets.to(logits.dtype)
    return (F.cross_entropy(logits, targets) + F.cross_entropy(logits.T, targets)) / 2
