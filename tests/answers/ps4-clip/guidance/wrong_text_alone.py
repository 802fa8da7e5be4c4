# mistake: 38 the strength multiplies the text alone
# loses: guidance-one, guidance-several
# hint: without any text
class Guidance:
    def __init__(self, no_text):
        self.no_text = no_text

    def drop(self, conditions, share):
        dropped = torch.rand(len(conditions), 1) < share
        return torch.where(dropped, self.no_text, conditions)

    def velocity(self, model, noisy, times, texts, strengths):
        result = torch.zeros_like(noisy)
        for text, strength in zip(texts, strengths):
            result = result + strength * model(noisy, times, text)
        return result
