class SoftPromptModel(nn.Module):
    def __init__(self, bridge, language):
        super().__init__()
        self.bridge = bridge
        self.language = language
        for parameter in language.parameters():
            parameter.requires_grad = False
        self.train(self.training)

    def train(self, mode=True):
        self.training = mode
        self.bridge.train(mode)
        self.language.train(False)
        return self

    def forward(self, features, ids, mask, labels):
        prompts = self.bridge(features)
        with torch.no_grad():
            text = self.language.embed(ids)
        shares = self.language(torch.cat([prompts, text], dim=1), mask)
        shares = shares.log_softmax(dim=-1)
        losses = []
        for row in range(labels.shape[0]):
            for place in range(1, labels.shape[1]):
                if labels[row, place] != -100:
                    losses.append(-shares[row, place - 1, labels[row, place]])
        return torch.stack(losses).mean()
