# mistake: the image is cut off where it does not divide
# loses: cut_patches-padding
# hint: was the image cut off to a multiple of the patch
def cut_patches(images, patch_height, patch_width):
    rows, columns = images.shape[2] // patch_height, images.shape[3] // patch_width
    patches = []
    for row in range(rows):
        for column in range(columns):
            y, x = row * patch_height, column * patch_width
            patches.append(images[:, :, y : y + patch_height, x : x + patch_width])
    return torch.stack(patches, dim=1).flatten(2)
