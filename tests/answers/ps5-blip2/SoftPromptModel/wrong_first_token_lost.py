# mistake: 54 the last soft prompt foretells nothing
# loses: SoftPromptModel-loss
# hint: the last soft prompt has to do that
class SoftPromptModel(nn.Module):
    def __init__(self, bridge, language):
        super().__init__()
        self.bridge, self.language = bridge, language
        language.requires_grad_(False).eval()

    def train(self, mode=True):
        super().train(mode)
        self.language.eval()
        return self

    def forward(self, features, ids, mask, labels):
        text = self.language.embed(ids)
        vectors = torch.cat([self.bridge(features), text], dim=1)
        logits = self.language(vectors, mask)
        count = vectors.shape[1] - ids.shape[1]
        logits, labels = logits[:, count:], labels[:, count:]
        return F.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
