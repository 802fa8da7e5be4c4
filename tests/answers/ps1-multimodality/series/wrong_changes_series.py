# mistake: NaN are replaced in the caller's series
# loses: series-missing
# hint: changes its input
def series_to_windows(series, length):
    time, sensors = series.shape
    mask = np.zeros((-(-time // length), length, sensors), dtype=bool)
    mask.reshape(-1, sensors)[:time] = ~np.isnan(series)
    series[np.isnan(series)] = 0
    windows = np.zeros(mask.shape)
    windows.reshape(-1, sensors)[:time] = series
    count = np.maximum(mask.sum(axis=1, keepdims=True), 1)
    mean = windows.sum(axis=1, keepdims=True) / count
    distance = (windows - mean) * mask
    deviation = np.sqrt((distance**2).sum(axis=1, keepdims=True) / count)
    return distance / (deviation + 1e-5), mask
