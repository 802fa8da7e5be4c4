def video_to_tubelets(video, frames, stride, patch):
    time, height, width, channels = video.shape
    tubelets = []
    start = 0
    while start + frames <= time:
        for top in range(0, height, patch):
            for left in range(0, width, patch):
                box = video[start : start + frames, top : top + patch, left : left + patch]
                tubelets.append(box.flatten())
        start += stride
    return np.array(tubelets)
