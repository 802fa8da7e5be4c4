def matching_loss(qformer, head, images, texts, wrong_images, wrong_texts):
    def nats(some_images, some_texts, answer):
        states = qformer(some_images, some_texts)[0]
        logits = torch.stack([head(state) for state in states.unbind(dim=1)])
        return -logits.mean(dim=0).log_softmax(dim=1)[:, answer]

    losses = torch.cat(
        [
            nats(images, texts, 1),
            nats(images[wrong_images], texts, 0),
            nats(images, texts[wrong_texts], 0),
        ]
    )
    return losses.mean()
