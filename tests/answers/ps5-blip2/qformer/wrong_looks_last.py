# mistake: 43 the queries look at the image after their MLP
# loses: qformer-order
# hint: after their MLP
def qformer(queries, text, features, layers, mask):
    sizes = [queries.shape[1], text.shape[1]]
    for number, layer in enumerate(layers):
        tokens = torch.cat([queries, text], dim=1)
        tokens = layer.attention_norm(tokens + layer.attention(tokens, mask))
        queries, text = tokens.split(sizes, dim=1)
        queries = layer.query_norm(queries + layer.query_mlp(queries))
        if number % 2 == 0:
            seen = layer.cross_attention(queries, features)
            queries = layer.cross_norm(queries + seen)
        text = layer.text_norm(text + layer.text_mlp(text))
    return queries, text
