def hard_negatives(logits, image_ids):
    def draw(table):
        weights = (table - table.amax(dim=1, keepdim=True)).exp()
        ends = weights.cumsum(dim=1)
        place = torch.rand(len(table), 1).double() * ends[:, -1:]
        return torch.searchsorted(ends, place, right=True).squeeze(1)

    allowed = image_ids[:, None] != image_ids[None, :]
    table = logits.detach().double().masked_fill(~allowed, -math.inf)
    return draw(table.T.contiguous()), draw(table)
