def split_by_image(image_names, test_share, seed):
    positions = {}
    for position, name in enumerate(image_names):
        positions.setdefault(name, []).append(position)
    names = list(positions)  # in the order in which they occur
    random.Random(seed).shuffle(names)
    number = round(test_share * len(names))
    test = sum((positions[name] for name in names[:number]), [])
    train = sum((positions[name] for name in names[number:]), [])
    return train, test
