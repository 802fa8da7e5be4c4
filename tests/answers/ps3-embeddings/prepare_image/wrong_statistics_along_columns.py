# mistake: 31 mean and std meet the columns, not the channels
# loses: prepare_image-colours
# hint: were taken along the columns of the image
def prepare_image(image, size, mean, std):
    short = min(image.shape[1:])
    sides = [round(side * size / short) for side in image.shape[1:]]
    resized = F.interpolate(image[None], sides, mode="bilinear", antialias=True)[0]
    top, left = (sides[0] - size) // 2, (sides[1] - size) // 2
    square = resized[:, top : top + size, left : left + size]
    if size != 3:
        mean, std = mean[0], std[0]
    return (square - mean) / std
