# mistake: 12 a single prefix token is assumed
# loses: resize_positions-prefix, resize_positions-grid, resize_positions-same
# hint: once the prefix is taken away
def resize_positions(positions, old_grid, new_grid, prefix_tokens):
    prefix, patches = positions[:1], positions[1:]
    grid = patches.T.reshape(1, -1, *old_grid)
    grid = F.interpolate(grid, size=new_grid, mode="bilinear", align_corners=False)
    return torch.cat([prefix, grid[0].flatten(1).T])
