# mistake: 49 the states of the text are averaged in
# loses: matching_loss-queries, matching_loss-labels
# hint: together with the queries
def matching_loss(qformer, head, images, texts, wrong_images, wrong_texts):
    queries, text = qformer(
        torch.cat([images, images[wrong_images], images]),
        torch.cat([texts, texts, texts[wrong_texts]]),
    )
    logits = head(torch.cat([queries, text], dim=1)).mean(dim=1)
    labels = torch.zeros(len(logits), dtype=torch.int64)
    labels[: len(images)] = 1
    return F.cross_entropy(logits, labels)
