# mistake: 1 the wrong axes transposed, so that the grid is read column by column
# loses: cut_patches-pixels
# hint: the rows of the grid come out as columns
def cut_patches(images, patch_height, patch_width):
    batch, channels, height, width = images.shape
    images = F.pad(images, (0, -width % patch_width, 0, -height % patch_height))
    rows, columns = images.shape[2] // patch_height, images.shape[3] // patch_width
    grid = images.reshape(batch, channels, rows, patch_height, columns, patch_width)
    return grid.permute(0, 4, 2, 1, 3, 5).reshape(batch, rows * columns, -1)
