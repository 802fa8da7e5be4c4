def cut_patches(images, patch_height, patch_width):
    batch, channels, height, width = images.shape
    rows = -(-height // patch_height)
    columns = -(-width // patch_width)
    canvas = torch.zeros(
        batch, channels, rows * patch_height, columns * patch_width, dtype=images.dtype
    )
    canvas[:, :, :height, :width] = images
    all_images = []
    for image in canvas:
        patches = []
        for row in range(rows):
            for column in range(columns):
                vector = []
                for channel in range(channels):
                    for y in range(patch_height):
                        for x in range(patch_width):
                            vector.append(
                                image[
                                    channel,
                                    row * patch_height + y,
                                    column * patch_width + x,
                                ]
                            )
                patches.append(torch.stack(vector))
        all_images.append(torch.stack(patches))
    return torch.stack(all_images)
