# mistake: 50 one kind of wrong pairs is labelled as right
# loses: matching_loss-labels
# hint: one kind of wrong pairs is said to match
def matching_loss(qformer, head, images, texts, wrong_images, wrong_texts):
    queries, text = qformer(
        torch.cat([images, images[wrong_images], images]),
        torch.cat([texts, texts, texts[wrong_texts]]),
    )
    logits = head(queries).mean(dim=1)
    labels = torch.zeros(len(logits), dtype=torch.int64)
    labels[: 2 * len(images)] = 1
    return F.cross_entropy(logits, labels)
