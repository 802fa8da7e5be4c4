# mistake: 2 (p p c) instead of (c p p) patch order
# loses: cut_patches-order
# hint: the channels of each pixel stand side by side
def cut_patches(images, patch_height, patch_width):
    batch, channels, height, width = images.shape
    images = F.pad(images, (0, -width % patch_width, 0, -height % patch_height))
    rows, columns = images.shape[2] // patch_height, images.shape[3] // patch_width
    grid = images.reshape(batch, channels, rows, patch_height, columns, patch_width)
    return grid.permute(0, 2, 4, 3, 5, 1).reshape(batch, rows * columns, -1)
