# mistake: the share is taken for that of the training
# loses: split_by_image-apart
# hint: not one for the training
def split_by_image(image_names, test_share, seed):
    images = sorted(set(image_names))
    kept = random.Random(seed).sample(images, round(test_share * len(images)))
    train = [i for i, name in enumerate(image_names) if name in kept]
    return train, [i for i, name in enumerate(image_names) if name not in kept]
