def clip_loss(images, texts, log_scale):
    cosines = F.cosine_similarity(images[:, None], texts[None], dim=-1)
    both = torch.stack([cosines, cosines.mT]) * torch.exp(log_scale)
    return -both.log_softmax(dim=-1).diagonal(dim1=1, dim2=2).mean()
