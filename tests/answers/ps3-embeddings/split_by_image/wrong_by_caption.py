# mistake: 27 splitting by caption, not by image
# loses: split_by_image-apart
# hint: are on both sides
def split_by_image(image_names, test_share, seed):
    positions = list(range(len(image_names)))
    random.Random(seed).shuffle(positions)
    number = round(test_share * len(positions))
    return positions[number:], positions[:number]
