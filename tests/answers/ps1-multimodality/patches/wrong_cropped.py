# mistake: what fills no whole patch is cut off
# loses: patches-edge
# hint: what fills no whole patch is left out
def image_to_patches(image, patch_height, patch_width):
    height, width, channels = image.shape
    padded = image[: height // patch_height * patch_height]
    padded = padded[:, : width // patch_width * patch_width]
    rows = padded.shape[0] // patch_height
    columns = padded.shape[1] // patch_width
    grid = padded.reshape(rows, patch_height, columns, patch_width, channels)
    patches = grid.transpose(0, 2, 4, 1, 3)
    return patches.reshape(rows * columns, channels * patch_height * patch_width)
