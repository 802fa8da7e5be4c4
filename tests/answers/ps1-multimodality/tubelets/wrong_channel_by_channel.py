# mistake: the channels come one after another
# loses: tubelets-order
# hint: the numbers come channel by channel
def video_to_tubelets(video, frames, stride, patch):
    time, height, width, channels = video.shape
    tubelets = []
    for start in range(0, time - frames + 1, stride):
        clip = video[start : start + frames]
        boxes = clip.reshape(
            frames, height // patch, patch, width // patch, patch, channels
        )
        boxes = boxes.transpose(1, 3, 5, 0, 2, 4)
        tubelets.append(boxes.reshape(-1, frames * patch * patch * channels))
    return np.concatenate(tubelets)
