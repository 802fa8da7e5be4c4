# mistake: the tubelets don't overlap, whatever the stride
# loses: tubelets-overlap
# hint: the stride isn't used
def video_to_tubelets(video, frames, stride, patch):
    time, height, width, channels = video.shape
    tubelets = []
    for start in range(0, time - frames + 1, frames):
        clip = video[start : start + frames]
        boxes = clip.reshape(
            frames, height // patch, patch, width // patch, patch, channels
        )
        boxes = boxes.transpose(1, 3, 0, 2, 4, 5)
        tubelets.append(boxes.reshape(-1, frames * patch * patch * channels))
    return np.concatenate(tubelets)
