# mistake: 8 the tokens that went in are not added
# loses: qformer-shared, qformer-cross, qformer-mlps, qformer-order
# hint: the tokens that went in were not added
def qformer(queries, text, features, layers, mask):
    sizes = [queries.shape[1], text.shape[1]]
    for number, layer in enumerate(layers):
        tokens = torch.cat([queries, text], dim=1)
        tokens = layer.attention_norm(layer.attention(tokens, mask))
        queries, text = tokens.split(sizes, dim=1)
        if number % 2 == 0:
            seen = layer.cross_attention(queries, features)
            queries = layer.cross_norm(seen)
        queries = layer.query_norm(layer.query_mlp(queries))
        text = layer.text_norm(layer.text_mlp(text))
    return queries, text
