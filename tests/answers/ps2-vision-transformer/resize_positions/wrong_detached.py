# mistake: the table is detached, so it can't be trained further
# loses: resize_positions-same
# hint: the result has lost its gradient
def resize_positions(positions, old_grid, new_grid, prefix_tokens):
    prefix, patches = positions[:prefix_tokens], positions[prefix_tokens:]
    with torch.no_grad():
        grid = patches.T.reshape(1, -1, *old_grid)
        grid = F.interpolate(grid, size=new_grid, mode="bilinear")
        return torch.cat([prefix, grid[0].flatten(1).T])
