# mistake: a tubelet takes every stride-th frame
# loses: tubelets-order, tubelets-overlap
# hint: a tubelet takes every stride-th frame
def video_to_tubelets(video, frames, stride, patch):
    video = video[::stride]
    time, height, width, channels = video.shape
    times = time // frames
    boxes = video[: times * frames].reshape(
        times, frames, height // patch, patch, width // patch, patch, channels
    )
    boxes = boxes.transpose(0, 2, 4, 1, 3, 5, 6)
    return boxes.reshape(-1, frames * patch * patch * channels)
