# mistake: 53 only the outermost module is in evaluation mode
# loses: SoftPromptModel-mode
# hint: its dropout is at work
class SoftPromptModel(nn.Module):
    def __init__(self, bridge, language):
        super().__init__()
        self.bridge, self.language = bridge, language
        language.requires_grad_(False).eval()

    def train(self, mode=True):
        super().train(mode)
        self.language.training = False
        return self

    def forward(self, features, ids, mask, labels):
        text = self.language.embed(ids)
        vectors = torch.cat([self.bridge(features), text], dim=1)
        logits = self.language(vectors, mask)
        return F.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
