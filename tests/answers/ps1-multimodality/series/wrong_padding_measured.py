# mistake: the last window is filled up with measured zeros
# loses: series-mask, series-missing
# hint: filled up with counts as measured: it is missing
def series_to_windows(series, length):
    time, sensors = series.shape
    padding = np.zeros((-time % length, sensors))
    windows = np.concatenate([series, padding]).reshape(-1, length, sensors)
    mask = ~np.isnan(windows)
    count = np.maximum(mask.sum(axis=1, keepdims=True), 1)
    mean = np.where(mask, windows, 0).sum(axis=1, keepdims=True) / count
    distance = np.where(mask, windows - mean, 0)
    deviation = np.sqrt((distance**2).sum(axis=1, keepdims=True) / count)
    return distance / (deviation + 1e-5), mask
