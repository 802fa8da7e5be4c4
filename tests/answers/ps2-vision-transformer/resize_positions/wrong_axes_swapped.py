# mistake: 12 x and y swapped
# loses: resize_positions-grid
# hint: rows and columns of the grid changed places
def resize_positions(positions, old_grid, new_grid, prefix_tokens):
    prefix, patches = positions[:prefix_tokens], positions[prefix_tokens:]
    grid = patches.reshape(old_grid[1], old_grid[0], -1).permute(2, 0, 1)[None]
    size = (new_grid[1], new_grid[0])
    grid = F.interpolate(grid, size=size, mode="bilinear", align_corners=False)
    return torch.cat([prefix, grid[0].permute(1, 2, 0).flatten(0, 1)])
