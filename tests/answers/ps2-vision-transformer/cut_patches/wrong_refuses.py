# mistake: an image that does not divide is refused, as in the chapter
# loses: cut_patches-padding
# hint: is it extended with zeros first
def cut_patches(images, patch_height, patch_width):
    if images.shape[2] % patch_height or images.shape[3] % patch_width:
        raise ValueError("the image does not divide into whole patches")
    patches = F.unfold(images, (patch_height, patch_width), stride=(patch_height, patch_width))
    return patches.transpose(1, 2)
