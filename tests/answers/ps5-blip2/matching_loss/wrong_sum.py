# mistake: 50 the losses are added up
# loses: matching_loss-labels, matching_loss-queries
# hint: this is the sum over all pairs
def matching_loss(qformer, head, images, texts, wrong_images, wrong_texts):
    queries, text = qformer(
        torch.cat([images, images[wrong_images], images]),
        torch.cat([texts, texts, texts[wrong_texts]]),
    )
    logits = head(queries).mean(dim=1)
    labels = torch.zeros(len(logits), dtype=torch.int64)
    labels[: len(images)] = 1
    return F.cross_entropy(logits, labels, reduction="sum")
