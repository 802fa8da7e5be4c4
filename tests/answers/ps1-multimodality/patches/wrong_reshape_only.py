# mistake: a reshape where a transpose is needed
# loses: patches-order
# hint: strips of neighbouring numbers
def image_to_patches(image, patch_height, patch_width):
    height, width, channels = image.shape
    below, right = -height % patch_height, -width % patch_width
    padded = np.pad(image, ((0, below), (0, right), (0, 0)), mode="edge")
    rows = padded.shape[0] // patch_height
    columns = padded.shape[1] // patch_width
    return padded.reshape(rows * columns, channels * patch_height * patch_width)
