# mistake: 31 no antialiasing
# loses: prepare_image-square
# hint: the antialiasing is missing
def prepare_image(image, size, mean, std):
    short = min(image.shape[1:])
    sides = [round(side * size / short) for side in image.shape[1:]]
    resized = F.interpolate(image[None], sides, mode="bilinear")[0]
    top, left = (sides[0] - size) // 2, (sides[1] - size) // 2
    square = resized[:, top : top + size, left : left + size]
    return (square - mean[:, None, None]) / std[:, None, None]
