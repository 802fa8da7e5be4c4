# mistake: one caption is kept for each image
# loses: split_by_image-complete
# hint: Was one caption taken for each image
def split_by_image(image_names, test_share, seed):
    first = {}
    for position, name in enumerate(image_names):
        first.setdefault(name, position)
    images = sorted(first)
    chosen = random.Random(seed).sample(images, round(test_share * len(images)))
    return [first[i] for i in images if i not in chosen], [first[i] for i in chosen]
