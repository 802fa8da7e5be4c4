# mistake: 31 the crop is not in the middle
# loses: prepare_image-square
# hint: this is the left end, not the middle
def prepare_image(image, size, mean, std):
    short = min(image.shape[1:])
    sides = [round(side * size / short) for side in image.shape[1:]]
    resized = F.interpolate(image[None], sides, mode="bilinear", antialias=True)[0]
    return (resized[:, :size, :size] - mean[:, None, None]) / std[:, None, None]
