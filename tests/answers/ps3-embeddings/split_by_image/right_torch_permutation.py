def split_by_image(image_names, test_share, seed):
    images = sorted(set(image_names))
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    number = round(test_share * len(images))
    tested = {images[i] for i in order[:number].tolist()}
    is_test = [name in tested for name in image_names]
    everything = range(len(image_names))
    return [i for i in everything if not is_test[i]], [i for i in everything if is_test[i]]
