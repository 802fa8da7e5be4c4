# mistake: the height and the width of a patch are exchanged
# loses: patches-order, patches-edge
# hint: height and width of a patch are exchanged
def image_to_patches(image, patch_height, patch_width):
    patch_height, patch_width = patch_width, patch_height
    height, width, channels = image.shape
    below, right = -height % patch_height, -width % patch_width
    padded = np.pad(image, ((0, below), (0, right), (0, 0)), mode="edge")
    rows = padded.shape[0] // patch_height
    columns = padded.shape[1] // patch_width
    grid = padded.reshape(rows, patch_height, columns, patch_width, channels)
    patches = grid.transpose(0, 2, 4, 1, 3)
    return patches.reshape(rows * columns, channels * patch_height * patch_width)
