import torch


def video_to_tubelets(video, frames, stride, patch):
    boxes = (
        torch.from_numpy(video)
        .unfold(0, frames, stride)
        .unfold(1, patch, patch)
        .unfold(2, patch, patch)
    )  # (times, rows, columns, channels, frames, patch, patch)
    return boxes.permute(0, 1, 2, 4, 5, 6, 3).flatten(3).flatten(0, 2).numpy()
