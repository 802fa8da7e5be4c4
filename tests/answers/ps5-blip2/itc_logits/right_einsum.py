def itc_logits(images, texts, temperature):
    images = images / images.norm(dim=-1, keepdim=True)
    texts = texts / torch.linalg.vector_norm(texts, dim=1, keepdim=True)
    return torch.einsum("iqw,tw->itq", images, texts).max(dim=-1).values / temperature
