# mistake: 26 the logits of false negatives are set to 0
# loses: loss_without_duplicates-candidates, loss_without_duplicates-gradient
# hint: But exp(0) is 1
def loss_without_duplicates(logits, captions):
    same = torch.tensor([[a == b for b in captions] for a in captions])
    false_negative = same & ~torch.eye(len(captions), dtype=torch.bool)
    right = torch.arange(len(captions))
    logits = logits.masked_fill(false_negative, 0.0)
    return (F.cross_entropy(logits, right) + F.cross_entropy(logits.T, right)) / 2
