# mistake: 47 pairs of the same image are sampled
# loses: hard_negatives-wrong, hard_negatives-sure
# hint: shows the same image
def hard_negatives(logits, image_ids):
    wrong = logits.detach().clone().fill_diagonal_(-torch.inf)
    images = torch.multinomial(wrong.T.softmax(dim=1), 1)[:, 0]
    return images, torch.multinomial(wrong.softmax(dim=1), 1)[:, 0]
