def matching_loss(qformer, head, images, texts, wrong_images, wrong_texts):
    batch = len(images)
    own = torch.arange(batch)
    image = torch.stack([own, wrong_images, own]).flatten()
    text = torch.stack([own, own, wrong_texts]).flatten()
    logits = head(qformer(images[image], texts[text])[0])
    no, yes = logits.sum(dim=1).div(logits.shape[1]).unbind(dim=1)
    signs = torch.ones(3 * batch, dtype=no.dtype)
    signs[:batch] = -1
    return F.softplus(signs * (yes - no)).sum() / signs.numel()
