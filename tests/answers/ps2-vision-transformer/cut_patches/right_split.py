def cut_patches(images, patch_height, patch_width):
    # Full size zeros, then put the image on top of them with cat.
    b, c, h, w = images.shape
    if h % patch_height:
        missing = patch_height - h % patch_height
        images = torch.cat([images, images.new_zeros(b, c, missing, w)], dim=2)
    if w % patch_width:
        missing = patch_width - w % patch_width
        images = torch.cat(
            [images, images.new_zeros(b, c, images.shape[2], missing)], dim=3
        )
    patches = [
        patch.flatten(start_dim=1)
        for band in images.split(patch_height, dim=2)
        for patch in band.split(patch_width, dim=3)
    ]
    return torch.stack(patches, 1)
