class RepairedBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        for name in ("query", "key", "value", "output"):
            setattr(self, name, nn.Linear(width, width))
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.scale_1 = nn.Parameter(0.1 * torch.ones(width))
        self.scale_2 = nn.Parameter(0.1 * torch.ones(width))
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def attention(self, tokens):
        head_width = tokens.shape[-1] // self.heads
        queries, keys, values = self.query(tokens), self.key(tokens), self.value(tokens)
        results = []
        for head in range(self.heads):
            part = slice(head * head_width, (head + 1) * head_width)
            scores = torch.bmm(queries[..., part], keys[..., part].transpose(1, 2))
            weights = F.softmax(scores / math.sqrt(head_width), dim=-1)
            results.append(torch.bmm(weights, values[..., part]))
        return self.output(torch.cat(results, dim=-1))

    def forward(self, tokens):
        for norm, part, scale in (
            (self.norm_1, self.attention, self.scale_1),
            (self.norm_2, self.mlp, self.scale_2),
        ):
            tokens = tokens + scale * part(norm(tokens))
        return tokens
