# mistake: 26 the second of two equal captions is dropped from the batch
# loses: loss_without_duplicates-candidates, loss_without_duplicates-gradient
# hint: the second of two equal captions was dropped
def loss_without_duplicates(logits, captions):
    first = [i for i, text in enumerate(captions) if captions.index(text) == i]
    logits = logits[first][:, first]
    right = torch.arange(len(first))
    return (F.cross_entropy(logits, right) + F.cross_entropy(logits.T, right)) / 2
