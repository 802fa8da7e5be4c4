# mistake: 43 no cross-attention
# loses: qformer-cross, qformer-order
# hint: the queries never look at the image
def qformer(queries, text, features, layers, mask):
    sizes = [queries.shape[1], text.shape[1]]
    for number, layer in enumerate(layers):
        tokens = torch.cat([queries, text], dim=1)
        tokens = layer.attention_norm(tokens + layer.attention(tokens, mask))
        queries, text = tokens.split(sizes, dim=1)
        queries = layer.query_norm(queries + layer.query_mlp(queries))
        text = layer.text_norm(text + layer.text_mlp(text))
    return queries, text
