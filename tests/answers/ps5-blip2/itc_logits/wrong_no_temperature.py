# mistake: 45 the temperature is forgotten
# loses: itc_logits-temperature
# hint: the temperature has no influence
def itc_logits(images, texts, temperature):
    images, texts = F.normalize(images, dim=-1), F.normalize(texts, dim=-1)
    cosines = images @ texts.T
    return cosines.amax(dim=1)
