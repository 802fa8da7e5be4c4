def interpolation_matrix(old, new, dtype):
    centres = ((torch.arange(new, dtype=dtype) + 0.5) * old / new - 0.5).clamp(0, old - 1)
    distance = (centres[:, None] - torch.arange(old, dtype=dtype)).abs()
    return (1 - distance).clamp(min=0)  # (new, old)


def resize_positions(positions, old_grid, new_grid, prefix_tokens):
    down = interpolation_matrix(old_grid[0], new_grid[0], positions.dtype)
    across = interpolation_matrix(old_grid[1], new_grid[1], positions.dtype)
    grid = positions[prefix_tokens:].unflatten(0, old_grid)
    grid = torch.einsum("ry,cx,yxw->rcw", down, across, grid)
    return torch.cat([positions[:prefix_tokens], grid.flatten(0, 1)])
