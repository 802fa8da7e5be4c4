# mistake: the grid of tubelets is read column by column
# loses: tubelets-order
# hint: the tubelets come column by column
def video_to_tubelets(video, frames, stride, patch):
    time, height, width, channels = video.shape
    tubelets = []
    for start in range(0, time - frames + 1, stride):
        clip = video[start : start + frames]
        boxes = clip.reshape(
            frames, height // patch, patch, width // patch, patch, channels
        )
        boxes = boxes.transpose(3, 1, 0, 2, 4, 5)
        tubelets.append(boxes.reshape(-1, frames * patch * patch * channels))
    return np.concatenate(tubelets)
