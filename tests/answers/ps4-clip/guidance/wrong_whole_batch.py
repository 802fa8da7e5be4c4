# mistake: 38 all conditions of a batch are dropped, or none
# loses: guidance-drop
# hint: Is each row drawn for itself
class Guidance:
    def __init__(self, no_text):
        self.no_text = no_text

    def drop(self, conditions, share):
        if torch.rand(()) < share:
            return self.no_text.expand_as(conditions)
        return conditions

    def velocity(self, model, noisy, times, texts, strengths):
        plain = model(noisy, times, self.no_text.repeat(len(noisy), 1))
        result = plain
        for text, strength in zip(texts, strengths):
            result = result + strength * (model(noisy, times, text) - plain)
        return result
