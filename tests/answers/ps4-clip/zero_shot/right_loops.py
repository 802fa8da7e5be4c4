def zero_shot(images, prompts, log_scale):
    columns = []
    for vectors in prompts:
        direction = sum(v / v.norm() for v in vectors)
        columns.append(F.cosine_similarity(images, direction[None], dim=1))
    return torch.softmax(torch.stack(columns, dim=1) * torch.exp(log_scale), dim=1)
