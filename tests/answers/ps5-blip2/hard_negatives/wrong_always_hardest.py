# mistake: 47 always the hardest negative
# loses: hard_negatives-likely, hard_negatives-sure
# hint: is always the most similar one
def hard_negatives(logits, image_ids):
    same = image_ids[:, None] == image_ids
    wrong = logits.detach().masked_fill(same, -torch.inf)
    return wrong.argmax(dim=0), wrong.argmax(dim=1)
