def image_to_patches(image, patch_height, patch_width):
    height, width, channels = image.shape
    patches = []
    for top in range(0, height, patch_height):
        for left in range(0, width, patch_width):
            patch = []
            for channel in range(channels):
                for y in range(top, top + patch_height):
                    for x in range(left, left + patch_width):
                        patch.append(
                            image[min(y, height - 1), min(x, width - 1), channel]
                        )
            patches.append(patch)
    return np.array(patches, dtype=image.dtype)
