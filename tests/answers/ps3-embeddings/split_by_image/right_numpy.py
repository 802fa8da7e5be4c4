import numpy as np


def split_by_image(image_names, test_share, seed):
    images, inverse = np.unique(image_names, return_inverse=True)
    count = round(test_share * len(images))
    chosen = np.random.default_rng(seed).choice(len(images), size=count, replace=False)
    is_test = np.isin(inverse, chosen)
    return np.flatnonzero(~is_test).tolist(), np.flatnonzero(is_test).tolist()
