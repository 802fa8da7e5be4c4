# mistake: 31 resized to a square without keeping the proportions
# loses: prepare_image-square
# hint: squeezed into a square
def prepare_image(image, size, mean, std):
    square = F.interpolate(image[None], (size, size), mode="bilinear", antialias=True)
    return (square[0] - mean[:, None, None]) / std[:, None, None]
