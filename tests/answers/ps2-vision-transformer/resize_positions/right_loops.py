def resize_positions(positions, old_grid, new_grid, prefix_tokens):
    (old_rows, old_columns), (new_rows, new_columns) = old_grid, new_grid
    result = [positions[i] for i in range(prefix_tokens)]

    def neighbours(i, old, new):
        place = min(max((i + 0.5) * old / new - 0.5, 0), old - 1)
        low = math.floor(place)
        return low, min(low + 1, old - 1), place - low

    for i in range(new_rows):
        y0, y1, dy = neighbours(i, old_rows, new_rows)
        for j in range(new_columns):
            x0, x1, dx = neighbours(j, old_columns, new_columns)
            result.append(
                (1 - dy) * (1 - dx) * positions[prefix_tokens + y0 * old_columns + x0]
                + (1 - dy) * dx * positions[prefix_tokens + y0 * old_columns + x1]
                + dy * (1 - dx) * positions[prefix_tokens + y1 * old_columns + x0]
                + dy * dx * positions[prefix_tokens + y1 * old_columns + x1]
            )
    return torch.stack(result)
