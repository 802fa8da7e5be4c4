# mistake: 38 each text is compared with the result so far
# loses: guidance-several
# hint: each text is compared with the result so far
class Guidance:
    def __init__(self, no_text):
        self.no_text = no_text

    def drop(self, conditions, share):
        dropped = torch.rand(len(conditions), 1) < share
        return torch.where(dropped, self.no_text, conditions)

    def velocity(self, model, noisy, times, texts, strengths):
        plain = model(noisy, times, self.no_text.repeat(len(noisy), 1))
        result = plain
        for text, strength in zip(texts, strengths):
            result = result + strength * (model(noisy, times, text) - result)
        return result
