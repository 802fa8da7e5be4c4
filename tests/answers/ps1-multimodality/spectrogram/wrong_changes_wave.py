# mistake: the window is multiplied into the caller's wave
# loses: spectrogram-window
# hint: changes its input
def wave_to_frames(wave, window, hop):
    n = len(window)
    count = 1 + max(0, -(-(len(wave) - n) // hop))
    result = np.zeros((count, n // 2 + 1))
    for k in range(count):
        frame = wave[k * hop : k * hop + n]
        kept = frame.copy()
        frame *= window[: len(frame)].astype(frame.dtype)
        result[k] = np.log1p(np.abs(np.fft.rfft(frame, n)))
        frame[hop:] = kept[hop:]
    return result
