class Guidance:
    def __init__(self, no_text):
        self.no_text = no_text

    def drop(self, conditions, share):
        keep = torch.empty(len(conditions), dtype=conditions.dtype)
        keep = keep.bernoulli_(1 - share)[:, None]
        return keep * conditions + (1 - keep) * self.no_text

    def velocity(self, model, noisy, times, texts, strengths):
        count = 1 + len(texts)
        conditions = torch.cat([self.no_text.expand(len(noisy), -1), *texts])
        repeats = [count] + [1] * (noisy.ndim - 1)
        velocities = model(noisy.repeat(repeats), times.repeat(count), conditions)
        plain, *others = velocities.chunk(count)
        return plain + sum(s * (v - plain) for s, v in zip(strengths, others))
