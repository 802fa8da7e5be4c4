# mistake: 45 the temperature is taken for the logarithm of a scale
# loses: itc_logits-temperature, itc_logits-max
# hint: taken for the logarithm of a scale
def itc_logits(images, texts, temperature):
    images, texts = F.normalize(images, dim=-1), F.normalize(texts, dim=-1)
    cosines = images @ texts.T
    return cosines.amax(dim=1) * temperature.exp()
