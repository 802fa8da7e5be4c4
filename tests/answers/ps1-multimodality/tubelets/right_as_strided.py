def video_to_tubelets(video, frames, stride, patch):
    time, height, width, channels = video.shape
    a, b, c, d = video.strides
    boxes = np.lib.stride_tricks.as_strided(
        video,
        (
            (time - frames) // stride + 1, height // patch, width // patch,
            frames, patch, patch, channels,
        ),
        (a * stride, b * patch, c * patch, a, b, c, d),
        writeable=False,
    )
    return boxes.reshape(-1, frames * patch * patch * channels)
