def triangle_weights(old, new, dtype):
    """The antialiased bilinear filter, as a matrix (new, old)."""
    stretch = max(old / new, 1.0)
    centres = (torch.arange(new, dtype=torch.float64) + 0.5) * old / new
    pixels = torch.arange(old, dtype=torch.float64) + 0.5
    weights = (1 - (pixels - centres[:, None]).abs() / stretch).clamp(min=0)
    return (weights / weights.sum(dim=1, keepdim=True)).to(dtype)


def prepare_image(image, size, mean, std):
    height, width = image.shape[1:]
    short = min(height, width)
    new = round(height * size / short), round(width * size / short)
    down = triangle_weights(height, new[0], image.dtype)
    across = triangle_weights(width, new[1], image.dtype)
    top, left = (new[0] - size) // 2, (new[1] - size) // 2
    square = torch.einsum(
        "yh,xw,chw->cyx", down[top : top + size], across[left : left + size], image
    )
    return torch.stack([(c - m) / s for c, m, s in zip(square, mean, std)])
