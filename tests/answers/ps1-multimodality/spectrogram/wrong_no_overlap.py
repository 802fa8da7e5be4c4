# mistake: frames lie side by side, whatever the hop
# loses: spectrogram-hop, spectrogram-last, spectrogram-window
# hint: the frames don't overlap
def wave_to_frames(wave, window, hop):
    n = hop = len(window)
    count = 1 + max(0, -(-(len(wave) - n) // hop))
    padded = np.zeros((count - 1) * hop + n)
    padded[: len(wave)] = wave
    frames = np.stack([padded[k * hop : k * hop + n] for k in range(count)])
    return np.log1p(np.abs(np.fft.rfft(frames * window)))
