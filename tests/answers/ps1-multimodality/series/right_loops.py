def series_to_windows(series, length):
    time, sensors = series.shape
    count = (time + length - 1) // length
    values = np.zeros((count, length, sensors))
    mask = np.zeros((count, length, sensors), dtype=bool)
    for w in range(count):
        for s in range(sensors):
            measured = []
            for t in range(w * length, min((w + 1) * length, time)):
                if not np.isnan(series[t, s]):
                    measured.append(float(series[t, s]))
                    mask[w, t - w * length, s] = True
            if measured:
                mean = sum(measured) / len(measured)
                squares = [(x - mean) ** 2 for x in measured]
                deviation = (sum(squares) / len(squares)) ** 0.5
                values[w, mask[w, :, s], s] = [(x - mean) / (deviation + 1e-5) for x in measured]
    return values, mask
