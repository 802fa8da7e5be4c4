# mistake: 41 text is given cross-attention
# loses: qformer-cross, qformer-order
# hint: does it look at the image
def qformer(queries, text, features, layers, mask):
    sizes = [queries.shape[1], text.shape[1]]
    for number, layer in enumerate(layers):
        tokens = torch.cat([queries, text], dim=1)
        tokens = layer.attention_norm(tokens + layer.attention(tokens, mask))
        queries, text = tokens.split(sizes, dim=1)
        if number % 2 == 0:
            tokens = torch.cat([queries, text], dim=1)
            seen = layer.cross_attention(tokens, features)
            queries, text = layer.cross_norm(tokens + seen).split(sizes, dim=1)
        queries = layer.query_norm(queries + layer.query_mlp(queries))
        text = layer.text_norm(text + layer.text_mlp(text))
    return queries, text
