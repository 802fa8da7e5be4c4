class Guidance:
    def __init__(self, no_text):
        self.no_text = no_text

    def drop(self, conditions, share):
        result = conditions.clone()
        chosen = torch.bernoulli(torch.full((len(conditions),), float(share))).bool()
        result[chosen] = self.no_text
        return result

    def velocity(self, model, noisy, times, texts, strengths):
        def run(condition):
            return model(noisy, times, condition)

        start = run(torch.stack([self.no_text] * len(noisy)))
        steps = torch.zeros_like(start)
        for i in range(len(texts)):
            steps += (run(texts[i]) - start) * strengths[i]
        return start + steps
