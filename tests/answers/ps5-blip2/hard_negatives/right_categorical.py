def hard_negatives(logits, image_ids):
    same = torch.eq(image_ids[:, None], image_ids)
    penalty = torch.zeros_like(logits).masked_fill(same, float("-inf"))
    draws = [
        torch.distributions.Categorical(logits=table + penalty).sample()
        for table in (logits.detach().T, logits.detach())
    ]
    return draws
