def hard_negatives(logits, image_ids):
    def draw(row, own):
        others = (image_ids != image_ids[own]).nonzero()[:, 0]
        weights = F.softmax(row[others], dim=0)
        return others[torch.multinomial(weights, 1).item()]

    table, pairs = logits.detach(), range(len(logits))
    images = torch.stack([draw(table[:, j], j) for j in pairs])
    texts = torch.stack([draw(table[i], i) for i in pairs])
    return images, texts
