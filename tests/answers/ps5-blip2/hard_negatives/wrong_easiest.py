# mistake: 47 the least similar are the likeliest
# loses: hard_negatives-likely, hard_negatives-sides, hard_negatives-sure
# hint: the easy ones
def hard_negatives(logits, image_ids):
    same = image_ids[:, None] == image_ids
    wrong = logits.detach().masked_fill(same, -torch.inf)
    weights = (-wrong).masked_fill(same, -torch.inf).softmax(dim=1)
    images = torch.multinomial((-wrong).T.masked_fill(same, -torch.inf).softmax(1), 1)
    return images[:, 0], torch.multinomial(weights, 1)[:, 0]
