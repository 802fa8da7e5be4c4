# mistake: 38 the velocity for no text is added for each text
# loses: guidance-several
# hint: is added once for each text
class Guidance:
    def __init__(self, no_text):
        self.no_text = no_text

    def drop(self, conditions, share):
        dropped = torch.rand(len(conditions), 1) < share
        return torch.where(dropped, self.no_text, conditions)

    def velocity(self, model, noisy, times, texts, strengths):
        plain = model(noisy, times, self.no_text.repeat(len(noisy), 1))
        if not texts:
            return plain
        guided = [
            plain + strength * (model(noisy, times, text) - plain)
            for text, strength in zip(texts, strengths)
        ]
        return sum(guided)
