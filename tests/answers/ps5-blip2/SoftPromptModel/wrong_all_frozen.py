# mistake: 56 the bridge is frozen, too
# loses: SoftPromptModel-frozen, SoftPromptModel-gradient
# hint: the bridge is what is to be trained
class SoftPromptModel(nn.Module):
    def __init__(self, bridge, language):
        super().__init__()
        self.bridge, self.language = bridge, language
        self.requires_grad_(False)
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
