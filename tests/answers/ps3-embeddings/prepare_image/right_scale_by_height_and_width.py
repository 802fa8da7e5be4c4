def prepare_image(image, size, mean, std):
    channels, height, width = image.shape
    if height < width:
        new_height, new_width = size, round(width * size / height)
    else:
        new_height, new_width = round(height * size / width), size
    batch = F.interpolate(
        image.unsqueeze(0),
        size=(new_height, new_width),
        mode="bilinear",
        align_corners=False,
        antialias=True,
    )
    batch = batch.narrow(2, (new_height - size) // 2, size)
    batch = batch.narrow(3, (new_width - size) // 2, size)
    return ((batch - mean.view(1, 3, 1, 1)) / std.view(1, 3, 1, 1)).squeeze(0)
