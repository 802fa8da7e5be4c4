# mistake: 2 height and width in the wrong order inside a patch
# loses: cut_patches-order
# hint: the pixels of a patch come column by column
def cut_patches(images, patch_height, patch_width):
    patches = []
    images = F.pad(
        images, (0, -images.shape[3] % patch_width, 0, -images.shape[2] % patch_height)
    )
    for y in range(0, images.shape[2], patch_height):
        for x in range(0, images.shape[3], patch_width):
            patch = images[:, :, y : y + patch_height, x : x + patch_width]
            patches.append(patch.transpose(2, 3).flatten(1))
    return torch.stack(patches, dim=1)
