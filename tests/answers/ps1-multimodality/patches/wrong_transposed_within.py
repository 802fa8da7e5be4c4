# mistake: the pixels of a patch are read column by column
# loses: patches-order
# hint: each patch is written column by column
def image_to_patches(image, patch_height, patch_width):
    height, width, channels = image.shape
    below, right = -height % patch_height, -width % patch_width
    padded = np.pad(image, ((0, below), (0, right), (0, 0)), mode="edge")
    rows = padded.shape[0] // patch_height
    columns = padded.shape[1] // patch_width
    grid = padded.reshape(rows, patch_height, columns, patch_width, channels)
    patches = grid.transpose(0, 2, 4, 3, 1)
    return patches.reshape(rows * columns, channels * patch_height * patch_width)
