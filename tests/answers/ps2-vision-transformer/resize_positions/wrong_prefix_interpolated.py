# mistake: 12 the class token's position is interpolated
# loses: resize_positions-prefix, resize_positions-grid
# hint: were they interpolated together with the patches
def resize_positions(positions, old_grid, new_grid, prefix_tokens):
    length = prefix_tokens + new_grid[0] * new_grid[1]
    return F.interpolate(
        positions.T[None], size=length, mode="linear", align_corners=False
    )[0].T
