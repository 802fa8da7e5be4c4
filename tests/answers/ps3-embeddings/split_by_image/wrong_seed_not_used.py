# mistake: the seed is not used
# loses: split_by_image-seed
# hint: twice the same seed gave two splits
def split_by_image(image_names, test_share, seed):
    images = sorted(set(image_names))
    chosen = random.sample(images, round(test_share * len(images)))
    test = [i for i, name in enumerate(image_names) if name in chosen]
    return [i for i, name in enumerate(image_names) if name not in chosen], test
