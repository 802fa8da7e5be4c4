# mistake: 47 a small number is added so that the draw does not fail
# loses: hard_negatives-sure
# hint: all wrong partners equally often
def hard_negatives(logits, image_ids):
    same = image_ids[:, None] == image_ids
    logits = logits.detach()
    rows = (logits.softmax(dim=1) + 1e-4).masked_fill(same, 0)
    columns = (logits.T.softmax(dim=1) + 1e-4).masked_fill(same, 0)
    images = torch.multinomial(columns, 1)[:, 0]
    return images, torch.multinomial(rows, 1)[:, 0]
