def resize_positions(positions, old_grid, new_grid, prefix_tokens):
    if old_grid == new_grid:
        return positions.clone()
    grid = positions[prefix_tokens:].view(*old_grid, -1)
    # First along the columns (rows are the batch), then along the rows.
    grid = F.interpolate(grid.transpose(1, 2), size=new_grid[1], mode="linear")
    grid = F.interpolate(grid.permute(2, 1, 0), size=new_grid[0], mode="linear")
    grid = grid.permute(2, 0, 1).reshape(new_grid[0] * new_grid[1], -1)
    return torch.cat([positions[:prefix_tokens], grid])
