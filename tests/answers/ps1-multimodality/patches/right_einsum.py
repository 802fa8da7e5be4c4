import torch


def image_to_patches(image, patch_height, patch_width):
    height, width, channels = image.shape
    rows, columns = -(-height // patch_height), -(-width // patch_width)
    large = np.empty((rows * patch_height, columns * patch_width, channels), image.dtype)
    large[:height, :width] = image
    large[height:, :width] = image[-1]
    large[:, width:] = large[:, width - 1 : width]
    boxes = torch.from_numpy(large).view(rows, patch_height, columns, patch_width, channels)
    return torch.einsum("rhcwk->rckhw", boxes).flatten(2).flatten(0, 1).numpy()
