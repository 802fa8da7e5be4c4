# mistake: 47 a wrong image is paired with a wrong text
# loses: matching_loss-pairs
# hint: a wrong image was paired with a wrong text
def matching_loss(qformer, head, images, texts, wrong_images, wrong_texts):
    queries, text = qformer(
        torch.cat([images, images[wrong_images]]),
        torch.cat([texts, texts[wrong_texts]]),
    )
    logits = head(queries).mean(dim=1)
    labels = torch.zeros(len(logits), dtype=torch.int64)
    labels[: len(images)] = 1
    return F.cross_entropy(logits, labels)
