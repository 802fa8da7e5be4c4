# mistake: 56 a part of the soft prompts is detached
# loses: SoftPromptModel-gradient
# hint: is a part of it cut off
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
        soft = self.bridge(features)
        soft = torch.cat([soft[:, :1].detach(), soft[:, 1:]], dim=1)
        vectors = torch.cat([soft, text], dim=1)
        logits = self.language(vectors, mask)
        return F.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
