# mistake: 49 ITM on the text's first state, [CLS]
# loses: matching_loss-queries, matching_loss-labels
# hint: the text's states answer. What a text sees
def matching_loss(qformer, head, images, texts, wrong_images, wrong_texts):
    queries, text = qformer(
        torch.cat([images, images[wrong_images], images]),
        torch.cat([texts, texts, texts[wrong_texts]]),
    )
    logits = head(text[:, 0])
    labels = torch.zeros(len(logits), dtype=torch.int64)
    labels[: len(images)] = 1
    return F.cross_entropy(logits, labels)
