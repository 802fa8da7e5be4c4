# mistake: 45 multiplied by the temperature
# loses: itc_logits-temperature
# hint: multiplied by the temperature
def itc_logits(images, texts, temperature):
    images, texts = F.normalize(images, dim=-1), F.normalize(texts, dim=-1)
    cosines = images @ texts.T
    return cosines.amax(dim=1) * temperature
