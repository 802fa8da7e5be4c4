class Guidance(nn.Module):
    def __init__(self, no_text):
        super().__init__()
        self.no_text = no_text

    def drop(self, conditions, share):
        rows = [
            self.no_text if torch.rand(()).item() < share else condition
            for condition in conditions
        ]
        return torch.stack(rows)

    def velocity(self, model, noisy, times, texts, strengths):
        nothing = self.no_text.expand(noisy.shape[0], self.no_text.shape[0])
        result = (1 - sum(strengths)) * model(noisy, times, nothing)
        for weight, text in zip(strengths, texts):
            result = result + weight * model(noisy, times, text)
        return result
