def image_to_patches(image, patch_height, patch_width):
    image = np.ascontiguousarray(image)
    while image.shape[0] % patch_height:
        image = np.concatenate([image, image[-1:]], axis=0)
    while image.shape[1] % patch_width:
        image = np.concatenate([image, image[:, -1:]], axis=1)
    height, width, channels = image.shape
    down, across, deep = image.strides
    boxes = np.lib.stride_tricks.as_strided(
        image,
        (height // patch_height, width // patch_width, channels, patch_height, patch_width),
        (down * patch_height, across * patch_width, deep, down, across),
    )
    return boxes.reshape(-1, channels * patch_height * patch_width).copy()
