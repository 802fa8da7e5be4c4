# mistake: 49 the logits are added up over the queries
# loses: matching_loss-queries, matching_loss-labels
# hint: added up over the queries
def matching_loss(qformer, head, images, texts, wrong_images, wrong_texts):
    queries, text = qformer(
        torch.cat([images, images[wrong_images], images]),
        torch.cat([texts, texts, texts[wrong_texts]]),
    )
    logits = head(queries).sum(dim=1)
    labels = torch.zeros(len(logits), dtype=torch.int64)
    labels[: len(images)] = 1
    return F.cross_entropy(logits, labels)
