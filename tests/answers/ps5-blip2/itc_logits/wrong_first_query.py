# mistake: 44 the first query is read, as if it were a class token
# loses: itc_logits-max
# hint: has no class token
def itc_logits(images, texts, temperature):
    images, texts = F.normalize(images, dim=-1), F.normalize(texts, dim=-1)
    cosines = images @ texts.T
    return cosines[:, 0] / temperature
