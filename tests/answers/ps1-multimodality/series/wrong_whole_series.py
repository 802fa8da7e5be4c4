# mistake: mean and deviation are those of the whole series
# loses: series-scale, series-missing
# hint: those of the whole series
def series_to_windows(series, length):
    scaled = (series - np.nanmean(series, axis=0)) / (np.nanstd(series, axis=0) + 1e-5)
    padding = np.full((-len(series) % length, series.shape[1]), np.nan)
    windows = np.concatenate([scaled, padding]).reshape(-1, length, series.shape[1])
    mask = ~np.isnan(windows)
    return np.where(mask, windows, 0), mask
