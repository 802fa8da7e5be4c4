# mistake: 33 images are drawn from the rows as well
# loses: hard_negatives-sides, hard_negatives-sure
# hint: wrong_images was drawn from the rows
def hard_negatives(logits, image_ids):
    same = image_ids[:, None] == image_ids
    wrong = logits.detach().masked_fill(same, -torch.inf)
    weights = wrong.softmax(dim=1)
    images = torch.multinomial(weights, 1)[:, 0]
    return images, torch.multinomial(weights, 1)[:, 0]
