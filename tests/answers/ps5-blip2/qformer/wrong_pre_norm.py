# mistake: 8 pre-LN layers where BERT has post-LN
# loses: qformer-order, qformer-mlps
# hint: pre-LN, as in a ViT
def qformer(queries, text, features, layers, mask):
    sizes = [queries.shape[1], text.shape[1]]
    for number, layer in enumerate(layers):
        tokens = torch.cat([queries, text], dim=1)
        tokens = tokens + layer.attention(layer.attention_norm(tokens), mask)
        queries, text = tokens.split(sizes, dim=1)
        if number % 2 == 0:
            seen = layer.cross_attention(layer.cross_norm(queries), features)
            queries = queries + seen
        queries = queries + layer.query_mlp(layer.query_norm(queries))
        text = text + layer.text_mlp(layer.text_norm(text))
    return queries, text
