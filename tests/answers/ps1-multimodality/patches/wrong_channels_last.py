# mistake: the channels of each pixel are left side by side
# loses: patches-order
# hint: the channels of each pixel stand side by side
def image_to_patches(image, patch_height, patch_width):
    height, width, channels = image.shape
    below, right = -height % patch_height, -width % patch_width
    padded = np.pad(image, ((0, below), (0, right), (0, 0)), mode="edge")
    rows = padded.shape[0] // patch_height
    columns = padded.shape[1] // patch_width
    grid = padded.reshape(rows, patch_height, columns, patch_width, channels)
    patches = grid.transpose(0, 2, 1, 3, 4)
    return patches.reshape(rows * columns, channels * patch_height * patch_width)
