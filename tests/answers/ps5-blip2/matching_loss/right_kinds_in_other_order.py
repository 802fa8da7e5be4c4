def matching_loss(qformer, head, images, texts, wrong_images, wrong_texts):
    states = qformer(
        torch.cat((images, images, images.index_select(0, wrong_images))),
        torch.cat((texts.index_select(0, wrong_texts), texts, texts)),
    )
    logits = torch.mean(head(states[0]), 1)
    batch = images.shape[0]
    labels = torch.tensor([0] * batch + [1] * batch + [0] * batch)
    targets = F.one_hot(labels, 2).to(logits.dtype)
    return F.cross_entropy(logits, targets)
