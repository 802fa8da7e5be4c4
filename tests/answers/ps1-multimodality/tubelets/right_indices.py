def video_to_tubelets(video, frames, stride, patch):
    time, height, width, channels = video.shape
    starts = np.arange(0, time - frames + 1, stride)
    t = (starts[:, None] + np.arange(frames)).reshape(-1, 1, 1, frames, 1, 1, 1)
    y = np.arange(height).reshape(1, -1, 1, 1, patch, 1, 1)
    x = np.arange(width).reshape(1, 1, -1, 1, 1, patch, 1)
    d = np.arange(channels).reshape(1, 1, 1, 1, 1, 1, -1)
    return video[t, y, x, d].reshape(-1, frames * patch * patch * channels)
