def prepare_image(image, size, mean, std):
    shorter = min(image.shape[-2:])
    rows, columns = (round(n * size / shorter) for n in image.shape[-2:])
    prepared = torch.zeros(3, size, size, dtype=image.dtype)
    for channel in range(3):
        plane = image[channel][None, None]
        plane = F.interpolate(plane, (rows, columns), mode="bilinear", antialias=True)
        surplus_rows, surplus_columns = rows - size, columns - size
        top, left = int(surplus_rows / 2), int(surplus_columns / 2)
        for row in range(size):
            for column in range(size):
                value = plane[0, 0, top + row, left + column]
                prepared[channel, row, column] = (value - mean[channel]) / std[channel]
    return prepared
