def series_to_windows(series, length):
    missing = -len(series) % length
    windows = np.pad(
        series.astype(float), ((0, missing), (0, 0)), constant_values=np.nan
    ).reshape(-1, length, series.shape[1])
    mean = np.nanmean(windows, axis=1, keepdims=True)
    deviation = np.nanstd(windows, axis=1, keepdims=True)
    return np.nan_to_num((windows - mean) / (deviation + 1e-5)), ~np.isnan(windows)
