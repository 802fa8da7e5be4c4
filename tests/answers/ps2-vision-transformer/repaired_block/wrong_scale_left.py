# mistake: 6 scaling by the square root of d_model
# loses: repaired_block-scale
# hint: the scores are divided by the wrong number
class RepairedBlock(nn.Module):
    """An encoder block with layer scale."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm_1 = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)
        self.scale_1 = nn.Parameter(torch.full((width,), 0.1))
        self.norm_2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.scale_2 = nn.Parameter(torch.full((width,), 0.1))

    def attention(self, tokens: Tensor) -> Tensor:
        batch, length, width = tokens.shape
        head_shape = (batch, length, self.heads, width // self.heads)
        queries = self.query(tokens).view(head_shape).transpose(1, 2)
        keys = self.key(tokens).view(head_shape).transpose(1, 2)
        values = self.value(tokens).view(head_shape).transpose(1, 2)
        scores = queries @ keys.transpose(2, 3) / width**0.5
        weights = scores.softmax(dim=-1)
        mixed = (weights @ values).transpose(1, 2).reshape(batch, length, width)
        return self.output(mixed)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.scale_1 * self.attention(self.norm_1(tokens))
        return tokens + self.scale_2 * self.mlp(self.norm_2(tokens))
