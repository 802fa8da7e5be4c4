def wave_to_frames(wave, window, hop):
    n = window.size
    extra = max(n - wave.size, 0) or -(wave.size - n) % hop
    wave = np.pad(wave, (0, extra)).astype(float)
    frames = np.lib.stride_tricks.sliding_window_view(wave, n)[::hop]
    spectrum = np.fft.fft(frames * window, axis=-1)[:, : n // 2 + 1]
    return np.log(np.sqrt(spectrum.real**2 + spectrum.imag**2) + 1)
