class SoftPromptModel(nn.Module):
    def __init__(self, bridge, language):
        super().__init__()
        self.language = language
        self.bridge = bridge
        language.train(False)
        [p.requires_grad_(False) for p in language.parameters()]

    def train(self, mode: bool = True):
        for module in self.modules():
            module.training = mode
        for module in self.language.modules():
            module.training = False
        return self

    def forward(self, features, ids, mask, labels):
        soft = self.bridge(features)
        both = torch.hstack([soft, self.language.embed(ids)])
        rows, places = (labels[:, 1:] != -100).nonzero(as_tuple=True)
        logits = self.language(both, mask)[rows, places]
        return F.cross_entropy(logits, labels[rows, places + 1])
