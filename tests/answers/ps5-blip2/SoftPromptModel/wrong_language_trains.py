# mistake: 57 the language model is trained by accident
# loses: SoftPromptModel-frozen
# hint: of the language model still needs a gradient
class SoftPromptModel(nn.Module):
    def __init__(self, bridge, language):
        super().__init__()
        self.bridge, self.language = bridge, language
        language.eval()

    def train(self, mode=True):
        super().train(mode)
        self.language.eval()
        return self

    def forward(self, features, ids, mask, labels):
        text = self.language.embed(ids)
        vectors = torch.cat([self.bridge(features), text], dim=1)
        logits = self.language(vectors, mask)
        return F.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
