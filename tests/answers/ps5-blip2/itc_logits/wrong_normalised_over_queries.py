# mistake: 15 norm over the axis of the queries
# loses: itc_logits-lengths, itc_logits-max, itc_logits-temperature, itc_logits-single
# hint: Along which axis is a vector
def itc_logits(images, texts, temperature):
    images, texts = F.normalize(images, dim=1), F.normalize(texts, dim=0)
    return (images @ texts.T).amax(dim=1) / temperature
