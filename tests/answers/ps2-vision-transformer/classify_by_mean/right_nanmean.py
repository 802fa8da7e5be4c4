def classify_by_mean(tokens, is_padding, norm, head):
    patches = torch.where(is_padding.unsqueeze(-1), torch.nan, norm(tokens)[:, 1:])
    return head(torch.nanmean(patches, dim=1))
