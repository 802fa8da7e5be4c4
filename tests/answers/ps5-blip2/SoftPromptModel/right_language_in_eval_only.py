class SoftPromptModel(nn.Module):
    """The language model ignores train(): that is where it is put right."""

    def __init__(self, bridge, language):
        super().__init__()
        self.soft, self.lm = bridge, language.requires_grad_(False)
        self.lm.eval()
        for module in self.lm.modules():
            module.train = lambda mode=True, module=module: module

    def train(self, mode=True):
        return super().train(mode)

    def forward(self, features, ids, mask, labels):
        inputs = [self.soft(features), self.lm.embed(ids)]
        logits = self.lm(torch.cat(inputs, dim=1), mask)
        nats = F.cross_entropy(
            logits[:, :-1].transpose(1, 2), labels[:, 1:], reduction="none"
        )
        return nats.sum() / (labels[:, 1:] != -100).sum()
