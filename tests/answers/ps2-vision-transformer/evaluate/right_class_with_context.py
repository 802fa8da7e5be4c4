from contextlib import contextmanager


@contextmanager
def evaluation_mode(model):
    modes = {name: module.training for name, module in model.named_modules()}
    model.train(False)
    try:
        with torch.no_grad():
            yield model
    finally:
        for name, module in model.named_modules():
            module.training = modes[name]


class Evaluation:
    def __call__(self, model, batches):
        counts = torch.zeros(3, dtype=torch.float64)
        with evaluation_mode(model):
            for images, labels in batches:
                logits = model(images)
                losses = F.cross_entropy(logits, labels, reduction="none")
                right = logits.argmax(1).eq(labels).sum()
                counts += torch.tensor([right, losses.sum(), len(labels)])
        right, loss, number = counts.tolist()
        return right / number, loss / number


evaluate = Evaluation()
