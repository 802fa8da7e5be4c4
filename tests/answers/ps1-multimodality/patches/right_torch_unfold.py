import torch
import torch.nn.functional as F


def image_to_patches(image, patch_height, patch_width):
    height, width, _ = image.shape
    pixels = torch.tensor(image.astype("float64")).permute(2, 0, 1)[None]
    pixels = F.pad(
        pixels, (0, -width % patch_width, 0, -height % patch_height), mode="replicate"
    )
    size = (patch_height, patch_width)
    patches = F.unfold(pixels, kernel_size=size, stride=size)[0].T
    return patches.numpy().astype(image.dtype)
