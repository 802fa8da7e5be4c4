# mistake: 31 the standard deviation is not used
# loses: prepare_image-colours
# hint: the division by std is missing
def prepare_image(image, size, mean, std):
    short = min(image.shape[1:])
    sides = [round(side * size / short) for side in image.shape[1:]]
    resized = F.interpolate(image[None], sides, mode="bilinear", antialias=True)[0]
    top, left = (sides[0] - size) // 2, (sides[1] - size) // 2
    square = resized[:, top : top + size, left : left + size]
    return square - mean[:, None, None]
