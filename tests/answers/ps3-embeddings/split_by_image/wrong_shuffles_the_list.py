# mistake: the list of names is shuffled in place, so positions belong to another list
# loses: split_by_image-complete, split_by_image-seed
# hint: was changed in place
def split_by_image(image_names, test_share, seed):
    random.Random(seed).shuffle(image_names)
    images = list(dict.fromkeys(image_names))
    chosen = images[: round(test_share * len(images))]
    test = [i for i, name in enumerate(image_names) if name in chosen]
    return [i for i, name in enumerate(image_names) if name not in chosen], test
