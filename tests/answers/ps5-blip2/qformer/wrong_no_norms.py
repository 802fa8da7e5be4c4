# mistake: 9 nothing is normalised
# loses: qformer-order, qformer-mlps
# hint: nothing is normalised
def qformer(queries, text, features, layers, mask):
    sizes = [queries.shape[1], text.shape[1]]
    for number, layer in enumerate(layers):
        tokens = torch.cat([queries, text], dim=1)
        tokens = tokens + layer.attention(tokens, mask)
        queries, text = tokens.split(sizes, dim=1)
        if number % 2 == 0:
            seen = layer.cross_attention(queries, features)
            queries = queries + seen
        queries = queries + layer.query_mlp(queries)
        text = text + layer.text_mlp(text)
    return queries, text
