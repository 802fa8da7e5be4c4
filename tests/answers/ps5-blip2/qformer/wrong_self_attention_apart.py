# mistake: 40 queries and text have a self-attention each
# loses: qformer-shared
# hint: although the mask lets them
def qformer(queries, text, features, layers, mask):
    sizes = [queries.shape[1], text.shape[1]]
    for number, layer in enumerate(layers):
        count = sizes[0]
        change = layer.attention(queries, mask[..., :count, :count])
        queries = layer.attention_norm(queries + change)
        if sizes[1]:
            change = layer.attention(text, mask[..., count:, count:])
            text = layer.attention_norm(text + change)
        if number % 2 == 0:
            seen = layer.cross_attention(queries, features)
            queries = layer.cross_norm(queries + seen)
        queries = layer.query_norm(queries + layer.query_mlp(queries))
        text = layer.text_norm(text + layer.text_mlp(text))
    return queries, text
