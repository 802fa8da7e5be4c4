# mistake: sizes that don't divide are forgotten
# loses: patches-edge
# hint: isn't made larger before it is cut
def image_to_patches(image, patch_height, patch_width):
    height, width, channels = image.shape
    padded = image
    rows = padded.shape[0] // patch_height
    columns = padded.shape[1] // patch_width
    grid = padded.reshape(rows, patch_height, columns, patch_width, channels)
    patches = grid.transpose(0, 2, 4, 1, 3)
    return patches.reshape(rows * columns, channels * patch_height * patch_width)
