# mistake: left-over frames are filled up with zeros
# loses: tubelets-overlap
# hint: filled up with zeros
def video_to_tubelets(video, frames, stride, patch):
    missing = -(len(video) - frames) % stride
    video = np.pad(video, ((0, missing), (0, 0), (0, 0), (0, 0)))
    time, height, width, channels = video.shape
    tubelets = []
    for start in range(0, time - frames + 1, stride):
        clip = video[start : start + frames]
        boxes = clip.reshape(
            frames, height // patch, patch, width // patch, patch, channels
        )
        boxes = boxes.transpose(1, 3, 0, 2, 4, 5)
        tubelets.append(boxes.reshape(-1, frames * patch * patch * channels))
    return np.concatenate(tubelets)
