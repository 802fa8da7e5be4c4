# mistake: 33 images and texts are exchanged
# loses: hard_negatives-sides, hard_negatives-sure
# hint: wrong_images and wrong_texts are exchanged
def hard_negatives(logits, image_ids):
    same = image_ids[:, None] == image_ids
    wrong = logits.detach().masked_fill(same, -torch.inf)
    images = torch.multinomial(wrong.T.softmax(dim=1), 1)[:, 0]
    return torch.multinomial(wrong.softmax(dim=1), 1)[:, 0], images
