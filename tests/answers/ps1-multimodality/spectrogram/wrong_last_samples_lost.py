# mistake: a last frame that isn't full is left out
# loses: spectrogram-last
# hint: the last samples are lost
def wave_to_frames(wave, window, hop):
    n = len(window)
    starts = range(0, len(wave) - n + 1, hop)
    frames = np.stack([wave[start : start + n] for start in starts])
    return np.log1p(np.abs(np.fft.rfft(frames * window)))
