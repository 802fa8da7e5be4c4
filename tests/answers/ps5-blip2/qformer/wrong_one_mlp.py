# mistake: 42 one feed-forward network for both
# loses: qformer-mlps
# hint: Queries and text have their own
def qformer(queries, text, features, layers, mask):
    sizes = [queries.shape[1], text.shape[1]]
    for number, layer in enumerate(layers):
        tokens = torch.cat([queries, text], dim=1)
        tokens = layer.attention_norm(tokens + layer.attention(tokens, mask))
        queries, text = tokens.split(sizes, dim=1)
        if number % 2 == 0:
            seen = layer.cross_attention(queries, features)
            queries = layer.cross_norm(queries + seen)
        queries = layer.query_norm(queries + layer.query_mlp(queries))
        text = layer.query_norm(text + layer.query_mlp(text))
    return queries, text
