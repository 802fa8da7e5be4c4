def causal_block(tokens, norm_1, attention, norm_2, expand, contract):
    class QuickGELU(nn.Module):
        def forward(self, x):
            return x * (1.702 * x).sigmoid()

    mask = nn.Transformer.generate_square_subsequent_mask(
        tokens.shape[1], dtype=tokens.dtype
    )
    mlp = nn.Sequential(norm_2, expand, QuickGELU(), contract)
    x = norm_1(tokens)
    x = tokens + attention(x, x, x, attn_mask=mask, is_causal=True)[0]
    return x + mlp(x)
