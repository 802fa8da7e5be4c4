# mistake: 46 squeeze at batch 1
# loses: itc_logits-single
# hint: Is there a squeeze()
def itc_logits(images, texts, temperature):
    images, texts = F.normalize(images, dim=-1), F.normalize(texts, dim=-1)
    cosines = images @ texts.T
    return (cosines.amax(dim=1) / temperature).squeeze()
