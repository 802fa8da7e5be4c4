def image_to_patches(image, patch_height, patch_width):
    height, width, channels = image.shape
    y = np.arange(-(-height // patch_height) * patch_height).clip(max=height - 1)
    x = np.arange(-(-width // patch_width) * patch_width).clip(max=width - 1)
    y = y.reshape(-1, 1, 1, patch_height, 1)
    x = x.reshape(1, -1, 1, 1, patch_width)
    c = np.arange(channels).reshape(1, 1, -1, 1, 1)
    patches = image[y, x, c]
    return patches.reshape(-1, channels * patch_height * patch_width)
