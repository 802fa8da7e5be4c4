# mistake: 49 probabilities are averaged instead of logits
# loses: matching_loss-queries
# hint: the probabilities are averaged
def matching_loss(qformer, head, images, texts, wrong_images, wrong_texts):
    queries, text = qformer(
        torch.cat([images, images[wrong_images], images]),
        torch.cat([texts, texts, texts[wrong_texts]]),
    )
    shares = head(queries).softmax(dim=-1).mean(dim=1)
    labels = torch.zeros(len(shares), dtype=torch.int64)
    labels[: len(images)] = 1
    return F.nll_loss(shares.log(), labels)
