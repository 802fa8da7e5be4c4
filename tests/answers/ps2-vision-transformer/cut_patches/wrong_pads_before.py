# mistake: the zeros are added before the image, F.pad's pairs read as (after, before)
# loses: cut_patches-padding
# hint: the zeros were added at the top and on the left
def cut_patches(images, patch_height, patch_width):
    images = F.pad(
        images, (-images.shape[3] % patch_width, 0, -images.shape[2] % patch_height, 0)
    )
    patches = F.unfold(images, (patch_height, patch_width), stride=(patch_height, patch_width))
    return patches.transpose(1, 2)
