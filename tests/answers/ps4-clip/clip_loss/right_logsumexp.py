def clip_loss(images, texts, log_scale):
    images = images / images.norm(dim=-1, keepdim=True)
    texts = texts / texts.norm(dim=-1, keepdim=True)
    logits = torch.exp(log_scale) * (images @ texts.T)
    right = logits.diagonal()
    rows = torch.logsumexp(logits, 1) - right
    columns = torch.logsumexp(logits, 0) - right
    return 0.5 * (rows.mean() + columns.mean())
