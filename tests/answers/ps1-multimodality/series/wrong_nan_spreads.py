# mistake: np.mean makes a whole window NaN
# loses: series-missing
# hint: one missing value makes its whole window 0
def series_to_windows(series, length):
    time, sensors = series.shape
    padding = np.full((-time % length, sensors), np.nan)
    windows = np.concatenate([series, padding]).reshape(-1, length, sensors)
    mean = windows.mean(axis=1, keepdims=True)
    deviation = windows.std(axis=1, keepdims=True)
    return np.nan_to_num((windows - mean) / (deviation + 1e-5)), ~np.isnan(windows)
