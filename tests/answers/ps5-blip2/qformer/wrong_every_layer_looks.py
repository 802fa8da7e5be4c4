# mistake: 43 cross-attention in every layer
# loses: qformer-cross
# hint: in every layer; it is every second one
def qformer(queries, text, features, layers, mask):
    sizes = [queries.shape[1], text.shape[1]]
    for number, layer in enumerate(layers):
        tokens = torch.cat([queries, text], dim=1)
        tokens = layer.attention_norm(tokens + layer.attention(tokens, mask))
        queries, text = tokens.split(sizes, dim=1)
        seen = layer.cross_attention(queries, features)
        queries = layer.cross_norm(queries + seen)
        queries = layer.query_norm(queries + layer.query_mlp(queries))
        text = layer.text_norm(text + layer.text_mlp(text))
    return queries, text
