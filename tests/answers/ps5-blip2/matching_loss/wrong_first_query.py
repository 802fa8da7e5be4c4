# mistake: 49 ITM on the first query, as if it were a class token
# loses: matching_loss-queries
# hint: only the first query answers
def matching_loss(qformer, head, images, texts, wrong_images, wrong_texts):
    queries, text = qformer(
        torch.cat([images, images[wrong_images], images]),
        torch.cat([texts, texts, texts[wrong_texts]]),
    )
    logits = head(queries[:, 0])
    labels = torch.zeros(len(logits), dtype=torch.int64)
    labels[: len(images)] = 1
    return F.cross_entropy(logits, labels)
