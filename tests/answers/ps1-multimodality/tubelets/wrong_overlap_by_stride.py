# mistake: tubelets overlap by stride
# loses: tubelets-overlap
# hint: overlap by stride instead of advancing by stride
def video_to_tubelets(video, frames, stride, patch):
    time, height, width, channels = video.shape
    tubelets = []
    for start in range(0, time - frames + 1, max(1, frames - stride) if stride < frames else stride):
        clip = video[start : start + frames]
        boxes = clip.reshape(
            frames, height // patch, patch, width // patch, patch, channels
        )
        boxes = boxes.transpose(1, 3, 0, 2, 4, 5)
        tubelets.append(boxes.reshape(-1, frames * patch * patch * channels))
    return np.concatenate(tubelets)
