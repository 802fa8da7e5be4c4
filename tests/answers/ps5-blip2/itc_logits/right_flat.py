def itc_logits(images, texts, temperature):
    many, queries, width = images.shape
    flat = F.normalize(images.reshape(-1, width), dim=1)
    cosines = F.linear(flat, F.normalize(texts, dim=1)) / temperature
    best = cosines[::queries]
    for query in range(1, queries):
        best = torch.maximum(best, cosines[query::queries])
    return best
