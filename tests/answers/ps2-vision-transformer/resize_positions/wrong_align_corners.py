# mistake: the corners are aligned
# loses: resize_positions-grid
# hint: align_corners=True
def resize_positions(positions, old_grid, new_grid, prefix_tokens):
    prefix, patches = positions[:prefix_tokens], positions[prefix_tokens:]
    grid = patches.T.unflatten(1, old_grid)[None]
    grid = F.interpolate(grid, size=new_grid, mode="bilinear", align_corners=True)
    return torch.cat([prefix, grid[0].flatten(1).T])
