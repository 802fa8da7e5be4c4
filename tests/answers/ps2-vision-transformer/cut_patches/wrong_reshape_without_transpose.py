# mistake: 1 reshape instead of flatten and transpose
# loses: cut_patches-pixels
# hint: did you reshape where a transpose is needed
def cut_patches(images, patch_height, patch_width):
    batch, channels, height, width = images.shape
    rows = math.ceil(height / patch_height)
    columns = math.ceil(width / patch_width)
    images = F.pad(
        images, (0, columns * patch_width - width, 0, rows * patch_height - height)
    )
    return images.reshape(batch, rows * columns, channels * patch_height * patch_width)
