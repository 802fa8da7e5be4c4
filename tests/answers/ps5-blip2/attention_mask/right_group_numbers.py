def attention_mask(objective, queries, is_token):
    """A row sees the columns whose group is not later than its own."""
    words = is_token.shape[1]
    if objective == "write":
        rank = torch.tensor([0] * queries + list(range(1, words + 1)))
        base = rank.unsqueeze(1) >= rank.unsqueeze(0)
    elif objective == "contrast":
        rank = torch.tensor([0] * queries + [1] * words)
        base = rank.unsqueeze(1) == rank.unsqueeze(0)
    else:
        base = torch.ones(queries + words, queries + words).bool()
    mask = base.repeat(len(is_token), 1, 1)
    mask[:, :, queries:] &= is_token[:, None]
    return mask
