# mistake: 31 resized by the longer side
# loses: prepare_image-square
# hint: the shape should be
def prepare_image(image, size, mean, std):
    longer = max(image.shape[1:])
    sides = [round(side * size / longer) for side in image.shape[1:]]
    resized = F.interpolate(image[None], sides, mode="bilinear", antialias=True)[0]
    return (resized - mean[:, None, None]) / std[:, None, None]
