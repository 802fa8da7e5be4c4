def zero_shot(images, prompts, log_scale):
    owner = [c for c, part in enumerate(prompts) for _ in range(len(part))]
    member = F.one_hot(torch.tensor(owner), len(prompts)).to(images.dtype)
    every = torch.cat(prompts)
    every = every / every.pow(2).sum(1, keepdim=True).sqrt()
    means = member.T @ every / member.sum(0)[:, None]
    means = means / torch.linalg.vector_norm(means, dim=1, keepdim=True)
    length = torch.linalg.vector_norm(images, dim=1, keepdim=True)
    logits = log_scale.exp() * (images / length) @ means.T
    shifted = logits - logits.amax(dim=1, keepdim=True)
    return shifted.exp() / shifted.exp().sum(dim=1, keepdim=True)
