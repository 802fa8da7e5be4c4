# mistake: 47 the positives are zeroed after the softmax
# loses: hard_negatives-sure
# hint: BEFORE the softmax
def hard_negatives(logits, image_ids):
    same = image_ids[:, None] == image_ids
    logits = logits.detach()
    rows = logits.softmax(dim=1).masked_fill(same, 0)
    columns = logits.T.softmax(dim=1).masked_fill(same, 0)
    images = torch.multinomial(columns, 1)[:, 0]
    return images, torch.multinomial(rows, 1)[:, 0]
