# mistake: images are drawn until a share of the captions is reached
# loses: split_by_image-apart
# hint: the share is one of the images
def split_by_image(image_names, test_share, seed):
    images = sorted(set(image_names))
    random.Random(seed).shuffle(images)
    test = []
    for image in images:
        if len(test) >= test_share * len(image_names):
            break
        test += [i for i, name in enumerate(image_names) if name == image]
    return [i for i in range(len(image_names)) if i not in test], test
