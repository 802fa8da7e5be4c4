def resize_positions(positions, old_grid, new_grid, prefix_tokens):
    rows, columns = old_grid
    width = positions.shape[-1]
    table = positions[prefix_tokens:].reshape(1, rows, columns, width)
    table = F.interpolate(table.permute(0, 3, 1, 2), size=tuple(new_grid), mode="bilinear")
    table = table.permute(0, 2, 3, 1).reshape(-1, width)
    return torch.cat((positions[:prefix_tokens], table), dim=0)
