# mistake: the first images are tested, whatever the seed
# loses: split_by_image-seed
# hint: other seeds give the same split
def split_by_image(image_names, test_share, seed):
    images = sorted(set(image_names))
    chosen = images[: round(test_share * len(images))]
    test = [i for i, name in enumerate(image_names) if name in chosen]
    return [i for i, name in enumerate(image_names) if name not in chosen], test
