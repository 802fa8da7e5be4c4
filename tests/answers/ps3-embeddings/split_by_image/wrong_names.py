# mistake: names are returned instead of positions
# loses: split_by_image-complete, split_by_image-apart, split_by_image-seed
# hint: it should hold positions
def split_by_image(image_names, test_share, seed):
    images = sorted(set(image_names))
    chosen = random.Random(seed).sample(images, round(test_share * len(images)))
    return [name for name in images if name not in chosen], chosen
