def itc_logits(images, texts, temperature):
    rows = []
    for image in images:
        row = []
        for text in texts:
            best = F.cosine_similarity(image, text[None], dim=1).max()
            row.append(best * temperature.reciprocal())
        rows.append(torch.stack(row))
    return torch.stack(rows)
