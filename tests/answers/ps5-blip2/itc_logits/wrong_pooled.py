# mistake: 44 the queries are averaged before the comparison
# loses: itc_logits-max
# hint: averaged to one vector
def itc_logits(images, texts, temperature):
    images, texts = F.normalize(images, dim=-1), F.normalize(texts, dim=-1)
    cosines = images @ texts.T
    return F.normalize(images.mean(dim=1), dim=-1) @ texts.T / temperature
