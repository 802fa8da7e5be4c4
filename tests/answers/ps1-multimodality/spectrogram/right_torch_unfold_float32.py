import math

import torch


def wave_to_frames(wave, window, hop):
    n = len(window)
    count = math.ceil(max(len(wave) - n, 0) / hop) + 1
    padded = torch.zeros(n + hop * (count - 1))
    padded[: len(wave)] = torch.from_numpy(wave.astype("float32"))
    frames = padded.unfold(0, n, hop) * torch.tensor(window).float()
    return torch.fft.rfft(frames).abs().log1p().numpy()
