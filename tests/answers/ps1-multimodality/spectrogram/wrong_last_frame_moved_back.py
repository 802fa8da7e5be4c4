# mistake: the last frame is moved back to end with the wave
# loses: spectrogram-last
# hint: the last frame is moved back
def wave_to_frames(wave, window, hop):
    n = len(window)
    if len(wave) < n:
        wave = np.pad(wave, (0, n - len(wave)))
    starts = list(range(0, len(wave) - n + 1, hop))
    if starts[-1] + n < len(wave):
        starts.append(len(wave) - n)
    frames = np.stack([wave[start : start + n] for start in starts])
    return np.log1p(np.abs(np.fft.rfft(frames * window)))
