# mistake: 48 the cosines are detached
# loses: itc_logits-single
# hint: is there a detach()
def itc_logits(images, texts, temperature):
    images, texts = F.normalize(images, dim=-1), F.normalize(texts, dim=-1)
    cosines = images @ texts.T
    return cosines.amax(dim=1).detach() / temperature
