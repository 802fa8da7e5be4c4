class RepairedBlock(BrokenBlock):
    def attention(self, tokens):
        b, n, w = tokens.shape
        d = w // self.heads
        q = self.query(tokens).reshape(b, n, self.heads, d)
        k = self.key(tokens).reshape(b, n, self.heads, d)
        v = self.value(tokens).reshape(b, n, self.heads, d)
        a = torch.einsum("bihd,bjhd->bhij", q, k).div(d**0.5).softmax(3)
        return self.output(torch.einsum("bhij,bjhd->bihd", a, v).flatten(2))

    def forward(self, tokens):
        attended = tokens + self.scale_1 * self.attention(self.norm_1(tokens))
        return attended + self.scale_2 * self.mlp(self.norm_2(attended))
