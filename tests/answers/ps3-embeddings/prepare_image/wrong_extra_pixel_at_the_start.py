# mistake: an odd surplus is divided the other way
# loses: prepare_image-square
# hint: one more is cut off on the right
def prepare_image(image, size, mean, std):
    short = min(image.shape[1:])
    sides = [round(side * size / short) for side in image.shape[1:]]
    resized = F.interpolate(image[None], sides, mode="bilinear", antialias=True)[0]
    top, left = -((size - sides[0]) // 2), -((size - sides[1]) // 2)
    square = resized[:, top : top + size, left : left + size]
    return (square - mean[:, None, None]) / std[:, None, None]
