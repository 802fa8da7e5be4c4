def qformer(queries, text, features, layers, mask):
    count = queries.size(1)
    tokens = torch.cat((queries, text), dim=1)
    for index in range(len(layers)):
        layer = layers[index]
        tokens = layer.attention_norm(tokens + layer.attention(tokens, mask))
        q, t = tokens[:, :count], tokens[:, count:]
        if not index % 2:
            q = layer.cross_norm(q + layer.cross_attention(q, features))
        q = layer.query_norm(q + layer.query_mlp(q))
        t = layer.text_norm(t + layer.text_mlp(t))
        tokens = torch.cat((q, t), dim=1)
    return tokens[:, :count], tokens[:, count:]
