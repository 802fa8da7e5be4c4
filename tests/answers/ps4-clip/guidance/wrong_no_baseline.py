# mistake: 38 the velocity for no text is not subtracted
# loses: guidance-one, guidance-several
# hint: the velocities are added
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
            result = result + strength * model(noisy, times, text)
        return result
