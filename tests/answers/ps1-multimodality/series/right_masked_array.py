def series_to_windows(series, length):
    count = -(-series.shape[0] // length)
    windows = np.ma.masked_all((count * length, series.shape[1]))
    windows[: len(series)] = np.ma.masked_invalid(series)
    windows = windows.reshape(count, length, -1)
    mean = windows.mean(axis=1, keepdims=True)
    deviation = windows.std(axis=1, keepdims=True)
    values = (windows - mean) / (deviation + 1e-5)
    return values.filled(0), ~np.ma.getmaskarray(windows)
