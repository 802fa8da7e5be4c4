def qformer(queries, text, features, layers, mask, number=0):
    if number == len(layers):
        return [queries, text]
    layer, split = layers[number], [queries.shape[1], text.shape[1]]
    joined = torch.cat([queries, text], dim=-2)
    joined = layer.attention_norm(layer.attention(joined, mask) + joined)
    queries, text = torch.split(joined, split, dim=-2)
    if number in range(0, len(layers), 2):
        queries = layer.cross_norm(layer.cross_attention(queries, features) + queries)
    queries = layer.query_norm(layer.query_mlp(queries) + queries)
    text = layer.text_norm(layer.text_mlp(text) + text)
    return qformer(queries, text, features, layers, mask, number + 1)
