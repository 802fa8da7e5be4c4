# mistake: the windowed samples are stored in an array of the wave's integers
# loses: spectrogram-window
# hint: cut down to integers after the window
def wave_to_frames(wave, window, hop):
    n = len(window)
    count = 1 + max(0, -(-(len(wave) - n) // hop))
    frames = np.zeros((count, n), dtype=wave.dtype)
    for k in range(count):
        part = wave[k * hop : k * hop + n]
        frames[k, : len(part)] = part * window[: len(part)]
    return np.log1p(np.abs(np.fft.rfft(frames)))
