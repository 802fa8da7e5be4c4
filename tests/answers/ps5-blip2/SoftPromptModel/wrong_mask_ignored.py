# mistake: 59 the mask is not used
# loses: SoftPromptModel-loss
# hint: got another mask than that of the batch
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
        logits = self.language(vectors, torch.ones_like(mask))
        return F.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
