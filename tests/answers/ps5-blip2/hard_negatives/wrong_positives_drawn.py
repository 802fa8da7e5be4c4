# mistake: 47 the positive is sampled as hard negative
# loses: hard_negatives-wrong, hard_negatives-sure
# hint: a pair got its own partner
def hard_negatives(logits, image_ids):
    logits = logits.detach()
    images = torch.multinomial(logits.T.softmax(dim=1), 1)[:, 0]
    return images, torch.multinomial(logits.softmax(dim=1), 1)[:, 0]
