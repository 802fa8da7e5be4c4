# mistake: 44 max instead of mean over the queries
# loses: matching_loss-queries
# hint: the most certain query answers alone
def matching_loss(qformer, head, images, texts, wrong_images, wrong_texts):
    queries, text = qformer(
        torch.cat([images, images[wrong_images], images]),
        torch.cat([texts, texts, texts[wrong_texts]]),
    )
    logits = head(queries).amax(dim=1)
    labels = torch.zeros(len(logits), dtype=torch.int64)
    labels[: len(images)] = 1
    return F.cross_entropy(logits, labels)
