# mistake: 1 reshape where a transpose is needed
# loses: resize_positions-grid
# hint: the numbers of different vectors are mixed
def resize_positions(positions, old_grid, new_grid, prefix_tokens):
    prefix, patches = positions[:prefix_tokens], positions[prefix_tokens:]
    width = positions.shape[1]
    grid = patches.reshape(1, width, *old_grid)
    grid = F.interpolate(grid, size=new_grid, mode="bilinear", align_corners=False)
    return torch.cat([prefix, grid.reshape(-1, width)])
