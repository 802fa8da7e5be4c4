def cut_patches(images, patch_height, patch_width):
    size = (patch_height, patch_width)
    right = (patch_width - images.shape[-1] % patch_width) % patch_width
    below = (patch_height - images.shape[-2] % patch_height) % patch_height
    return F.unfold(F.pad(images, (0, right, 0, below)), size, stride=size).mT
