# mistake: 50 yes and no are exchanged
# loses: matching_loss-labels
# hint: yes and no are exchanged
def matching_loss(qformer, head, images, texts, wrong_images, wrong_texts):
    queries, text = qformer(
        torch.cat([images, images[wrong_images], images]),
        torch.cat([texts, texts, texts[wrong_texts]]),
    )
    logits = head(queries).mean(dim=1)
    labels = torch.ones(len(logits), dtype=torch.int64)
    labels[: len(images)] = 0
    return F.cross_entropy(logits, labels)
