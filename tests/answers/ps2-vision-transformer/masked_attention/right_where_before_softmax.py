def masked_attention(queries, keys, values, is_padding):
    head_width = queries.size(-1)
    hide = is_padding.unsqueeze(1).unsqueeze(1)
    empty = hide.all(dim=-1, keepdim=True)
    scores = torch.einsum("bhid,bhjd->bhij", queries / head_width**0.5, keys)
    # In an image of padding only nothing is hidden, its weights are removed at the end.
    scores = torch.where(hide & ~empty, torch.full_like(scores, -float("inf")), scores)
    weights = F.softmax(scores, dim=3)
    weights = torch.where(empty, torch.zeros_like(weights), weights)
    return torch.einsum("bhij,bhjv->bhiv", weights, values), weights
