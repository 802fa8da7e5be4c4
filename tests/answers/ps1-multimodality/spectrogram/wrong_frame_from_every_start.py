# mistake: a frame begins wherever the wave still has samples
# loses: spectrogram-last
# hint: a frame too many
def wave_to_frames(wave, window, hop):
    n = len(window)
    starts = range(0, len(wave), hop)
    padded = np.concatenate([wave, np.zeros(n)])
    frames = np.stack([padded[start : start + n] for start in starts])
    return np.log1p(np.abs(np.fft.rfft(frames * window)))
