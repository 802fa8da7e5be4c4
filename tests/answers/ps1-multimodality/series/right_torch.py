import torch


def series_to_windows(series, length):
    windows = [torch.tensor(series[i : i + length]) for i in range(0, len(series), length)]
    last = torch.full((length, series.shape[1]), torch.nan, dtype=windows[-1].dtype)
    last[: len(windows[-1])] = windows[-1]
    windows = torch.stack([*windows[:-1], last])
    mask = windows == windows
    weights = mask / mask.sum(1, keepdim=True).clamp(min=1)
    filled = windows.nan_to_num(0.0)
    mean = torch.einsum("wts,wts->ws", filled, weights.to(filled))[:, None]
    variance = torch.einsum("wts,wts->ws", (filled - mean) ** 2, weights.to(filled))[:, None]
    values = (filled - mean) * mask / (variance.sqrt() + 1e-5)
    return values.numpy(), mask.numpy()
