def qformer(queries, text, features, layers, mask):
    def step(norm, tokens, change):
        return norm(torch.add(tokens, change))

    looks = True
    for layer in layers:
        both = torch.cat([queries, text], dim=1)
        both = step(layer.attention_norm, both, layer.attention(both, mask))
        queries, text = both.tensor_split([queries.shape[1]], dim=1)
        if looks:
            change = layer.cross_attention(queries, features)
            queries = step(layer.cross_norm, queries, change)
        looks = not looks
        queries = step(layer.query_norm, queries, layer.query_mlp(queries))
        if text.shape[1] > 0:
            text = step(layer.text_norm, text, layer.text_mlp(text))
    return queries, text
