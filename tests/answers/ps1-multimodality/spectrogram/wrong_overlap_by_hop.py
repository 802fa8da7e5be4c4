# mistake: frames overlap by hop
# loses: spectrogram-hop
# hint: frames overlap by hop instead of advancing by hop
def wave_to_frames(wave, window, hop):
    n = len(window)
    hop = max(1, n - hop)
    count = 1 + max(0, -(-(len(wave) - n) // hop))
    padded = np.zeros((count - 1) * hop + n)
    padded[: len(wave)] = wave
    frames = np.stack([padded[k * hop : k * hop + n] for k in range(count)])
    return np.log1p(np.abs(np.fft.rfft(frames * window)))
