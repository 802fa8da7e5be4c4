# mistake: 50 wrong pairs are labelled as right
# loses: matching_loss-labels
# hint: all pairs are said to match
def matching_loss(qformer, head, images, texts, wrong_images, wrong_texts):
    queries, text = qformer(
        torch.cat([images, images[wrong_images], images]),
        torch.cat([texts, texts, texts[wrong_texts]]),
    )
    logits = head(queries).mean(dim=1)
    labels = torch.ones(len(logits), dtype=torch.int64)
    return F.cross_entropy(logits, labels)
