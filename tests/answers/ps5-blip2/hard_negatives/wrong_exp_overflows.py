# mistake: 16 exp() becomes infinite or zero
# loses: hard_negatives-sure
# hint: does exp() become infinite
def hard_negatives(logits, image_ids):
    different = image_ids[:, None] != image_ids
    weights = logits.detach().exp() * different
    images = torch.multinomial(weights.T, 1)[:, 0]
    return images, torch.multinomial(weights, 1)[:, 0]
