def split_by_image(image_names, test_share, seed):
    import hashlib

    def key(name):
        return hashlib.sha256(f"{seed} {name}".encode()).hexdigest()

    images = sorted({*image_names}, key=key)
    test_images = images[: round(test_share * len(images))]
    train, test = [], []
    for i in range(len(image_names)):
        if image_names[i] in test_images:
            test.append(i)
        else:
            train.append(i)
    return train, test
