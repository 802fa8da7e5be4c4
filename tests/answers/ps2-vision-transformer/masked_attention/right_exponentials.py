def masked_attention(queries, keys, values, is_padding):
    scores = torch.matmul(queries, keys.transpose(2, 3)) * queries.shape[-1] ** -0.5
    highest = scores.amax(dim=-1, keepdim=True).detach()
    real = (~is_padding).to(scores.dtype)[:, None, None, :]
    strengths = torch.exp(scores - highest) * real
    total = strengths.sum(dim=-1, keepdim=True)
    weights = strengths / torch.where(total == 0, torch.ones_like(total), total)
    return torch.matmul(weights, values), weights
