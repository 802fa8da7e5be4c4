def hard_negatives(logits, image_ids):
    with torch.no_grad():
        allowed = image_ids.unsqueeze(0) != image_ids.unsqueeze(1)
        scores = torch.where(allowed, logits.double(), -math.inf)
        draws = []
        for axis in (0, 1):  # the largest of logit plus Gumbel noise is a sample
            noise = -torch.empty_like(scores).exponential_().log()
            draws.append((scores + noise).argmax(dim=axis))
    return draws[0], draws[1]
