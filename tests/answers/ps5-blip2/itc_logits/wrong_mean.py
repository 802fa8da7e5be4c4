# mistake: 44 mean instead of max over the queries
# loses: itc_logits-max
# hint: this is the mean over the queries
def itc_logits(images, texts, temperature):
    images, texts = F.normalize(images, dim=-1), F.normalize(texts, dim=-1)
    cosines = images @ texts.T
    return cosines.mean(dim=1) / temperature
