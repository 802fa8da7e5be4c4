# mistake: a last window that isn't full is left out
# loses: series-mask, series-missing
# hint: the last window is lost
def series_to_windows(series, length):
    time, sensors = series.shape
    windows = series[: time // length * length].reshape(-1, length, sensors)
    mask = ~np.isnan(windows)
    count = np.maximum(mask.sum(axis=1, keepdims=True), 1)
    mean = np.where(mask, windows, 0).sum(axis=1, keepdims=True) / count
    distance = np.where(mask, windows - mean, 0)
    deviation = np.sqrt((distance**2).sum(axis=1, keepdims=True) / count)
    return distance / (deviation + 1e-5), mask
