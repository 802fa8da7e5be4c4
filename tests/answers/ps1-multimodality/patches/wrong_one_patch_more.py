# mistake: a whole patch is added where the image divides
# loses: patches-order, patches-edge
# hint: an image that divides into whole patches gets one more row and column
def image_to_patches(image, patch_height, patch_width):
    height, width, channels = image.shape
    below, right = patch_height - height % patch_height, patch_width - width % patch_width
    padded = np.pad(image, ((0, below), (0, right), (0, 0)), mode="edge")
    rows = padded.shape[0] // patch_height
    columns = padded.shape[1] // patch_width
    grid = padded.reshape(rows, patch_height, columns, patch_width, channels)
    patches = grid.transpose(0, 2, 4, 1, 3)
    return patches.reshape(rows * columns, channels * patch_height * patch_width)
