def matching_loss(qformer, head, images, texts, wrong_images, wrong_texts):
    pairs = [(i, i, 1) for i in range(len(images))]
    pairs += [(i, j, 0) for j, i in enumerate(wrong_images.tolist())]
    pairs += [(i, j, 0) for i, j in enumerate(wrong_texts.tolist())]
    total = 0
    for i, j, answer in pairs:
        queries, _ = qformer(images[i : i + 1], texts[j : j + 1])
        logits = sum(head(query) for query in queries[0]) / queries.shape[1]
        total = total + F.cross_entropy(logits, torch.tensor(answer))
    return total / len(pairs)
