# mistake: 40 queries and text go through the self-attention apart
# loses: qformer-shared, qformer-cross, qformer-mlps, qformer-order
# hint: go through it TOGETHER
def qformer(queries, text, features, layers, mask):
    sizes = [queries.shape[1], text.shape[1]]
    for number, layer in enumerate(layers):
        queries = layer.attention_norm(queries + layer.attention(queries, mask))
        text = layer.attention_norm(text + layer.attention(text, mask))
        if number % 2 == 0:
            seen = layer.cross_attention(queries, features)
            queries = layer.cross_norm(queries + seen)
        queries = layer.query_norm(queries + layer.query_mlp(queries))
        text = layer.text_norm(text + layer.text_mlp(text))
    return queries, text
