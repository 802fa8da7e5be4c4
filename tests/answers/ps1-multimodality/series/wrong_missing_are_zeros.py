# mistake: missing values count as zeros in the mean
# loses: series-missing
# hint: missing values count as zeros in the mean and the deviation
def series_to_windows(series, length):
    time, sensors = series.shape
    padding = np.full((-time % length, sensors), np.nan)
    windows = np.concatenate([series, padding]).reshape(-1, length, sensors)
    mask = ~np.isnan(windows)
    windows = np.nan_to_num(windows)
    mean = windows.mean(axis=1, keepdims=True)
    deviation = windows.std(axis=1, keepdims=True)
    return np.where(mask, (windows - mean) / (deviation + 1e-5), 0), mask
