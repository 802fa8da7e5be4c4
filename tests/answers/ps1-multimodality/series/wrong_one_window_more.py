# mistake: a whole window is added where the series divides
# loses: series-mask
# hint: a series that divides into whole windows gets one more
def series_to_windows(series, length):
    time, sensors = series.shape
    padding = np.full((length - time % length, sensors), np.nan)
    windows = np.concatenate([series, padding]).reshape(-1, length, sensors)
    mask = ~np.isnan(windows)
    count = np.maximum(mask.sum(axis=1, keepdims=True), 1)
    mean = np.where(mask, windows, 0).sum(axis=1, keepdims=True) / count
    distance = np.where(mask, windows - mean, 0)
    deviation = np.sqrt((distance**2).sum(axis=1, keepdims=True) / count)
    return distance / (deviation + 1e-5), mask
