def attention_mask(objective, queries, is_token):
    def block(value, rows, columns):
        return torch.full((rows, columns), value)

    words = is_token.shape[1]
    text_to_text = block(True, words, words)
    if objective == "write":
        text_to_text = text_to_text.tril()
    top = [block(True, queries, queries), block(objective == "match", queries, words)]
    bottom = [block(objective != "contrast", words, queries), text_to_text]
    mask = torch.cat([torch.cat(top, dim=1), torch.cat(bottom, dim=1)])
    columns = F.pad(is_token, (queries, 0), value=True)
    return torch.logical_and(mask.unsqueeze(0), columns.unsqueeze(1))
