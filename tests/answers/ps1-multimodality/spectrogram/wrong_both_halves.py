# mistake: all n frequencies are returned
# loses: spectrogram-hop, spectrogram-last, spectrogram-window
# hint: the frequencies are counted twice
def wave_to_frames(wave, window, hop):
    n = len(window)
    count = 1 + max(0, -(-(len(wave) - n) // hop))
    padded = np.zeros((count - 1) * hop + n)
    padded[: len(wave)] = wave
    frames = np.stack([padded[k * hop : k * hop + n] for k in range(count)])
    return np.log1p(np.abs(np.fft.fft(frames * window)))
