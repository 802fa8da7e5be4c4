import torch


def wave_to_frames(wave, window, hop):
    n = len(window)
    samples = torch.tensor(wave, dtype=torch.float64)
    missing = n - len(samples) if len(samples) < n else -(len(samples) - n) % hop
    samples = torch.nn.functional.pad(samples, (0, missing))
    spectrum = torch.stft(
        samples, n, hop, window=torch.tensor(window, dtype=torch.float64),
        center=False, return_complex=True,
    )
    return torch.log(1 + spectrum.abs()).T.numpy()
