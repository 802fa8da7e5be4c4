def nucleus(logits, temperature, top_p):
    rows = []
    for row in logits:
        shares = torch.softmax(row / temperature, dim=0)
        kept, total = torch.zeros_like(shares), 0.0
        for place in shares.argsort(descending=True).tolist():
            kept[place] = shares[place]
            total += shares[place].item()
            if total >= top_p:
                break
        rows.append(kept / kept.sum())
    return torch.stack(rows)
