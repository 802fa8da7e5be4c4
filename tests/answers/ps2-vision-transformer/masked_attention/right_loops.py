def masked_attention(queries, keys, values, is_padding):
    batch, heads, number, head_width = queries.shape
    rows_of_images = []
    for image in range(batch):
        real = (~is_padding[image]).nonzero().flatten()
        rows_of_heads = []
        for head in range(heads):
            rows = []
            for query in range(number):
                row = queries.new_zeros(keys.shape[2])
                if len(real) > 0:
                    scores = torch.stack(
                        [queries[image, head, query].dot(keys[image, head, k]) for k in real]
                    )
                    row = row.index_put((real,), (scores / head_width**0.5).softmax(0))
                rows.append(row)
            rows_of_heads.append(torch.stack(rows))
        rows_of_images.append(torch.stack(rows_of_heads))
    weights = torch.stack(rows_of_images)
    return torch.einsum("bhqk,bhkv->bhqv", weights, values), weights
