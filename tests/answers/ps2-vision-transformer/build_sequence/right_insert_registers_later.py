def build_sequence(patches, class_token, registers, positions):
    batch, _, width = patches.shape
    cls = class_token.view(1, 1, width).expand(batch, 1, width)
    x = torch.cat((cls, patches), dim=1) + positions.unsqueeze(0)
    if registers.shape[0] == 0:
        return x
    return torch.cat((x[:, :1], registers.unsqueeze(0).expand(batch, -1, -1), x[:, 1:]), dim=1)
