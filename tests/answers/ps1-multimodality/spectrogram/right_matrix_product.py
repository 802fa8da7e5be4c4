def wave_to_frames(wave, window, hop):
    n = len(window)
    starts = [0]
    while starts[-1] + n < len(wave):
        starts.append(starts[-1] + hop)
    places = np.add.outer(starts, np.arange(n))
    silence = np.concatenate([wave, np.zeros(n)])
    frames = silence[np.minimum(places, len(wave))]
    turns = np.outer(np.arange(n), np.arange(n // 2 + 1)) / n
    return np.log1p(abs(np.einsum("fn,n,nk->fk", frames, window, np.exp(-2j * np.pi * turns))))
