# mistake: the order of a set differs from session to session
# loses: split_by_image-seed
# hint: after Python was started anew
def split_by_image(image_names, test_share, seed):
    images = list(set(image_names))
    chosen = random.Random(seed).sample(images, round(test_share * len(images)))
    test = [i for i, name in enumerate(image_names) if name in chosen]
    return [i for i, name in enumerate(image_names) if name not in chosen], test
