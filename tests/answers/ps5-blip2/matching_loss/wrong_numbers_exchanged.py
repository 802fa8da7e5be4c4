# mistake: 33 wrong_images chooses texts
# loses: matching_loss-pairs
# hint: wrong_images was used to choose texts
def matching_loss(qformer, head, images, texts, wrong_images, wrong_texts):
    queries, text = qformer(
        torch.cat([images, images, images[wrong_texts]]),
        torch.cat([texts, texts[wrong_images], texts]),
    )
    logits = head(queries).mean(dim=1)
    labels = torch.zeros(len(logits), dtype=torch.int64)
    labels[: len(images)] = 1
    return F.cross_entropy(logits, labels)
