# mistake: 47 all wrong partners equally often
# loses: hard_negatives-likely, hard_negatives-sides, hard_negatives-sure
# hint: all wrong partners equally often
def hard_negatives(logits, image_ids):
    same = image_ids[:, None] == image_ids
    wrong = logits.detach().masked_fill(same, -torch.inf)
    weights = torch.isfinite(wrong).double()
    images = torch.multinomial(weights.T, 1)[:, 0]
    return images, torch.multinomial(weights, 1)[:, 0]
