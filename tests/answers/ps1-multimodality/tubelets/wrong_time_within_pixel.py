# mistake: the values of a pixel through time stand side by side
# loses: tubelets-order
# hint: each pixel's values through time stand side by side
def video_to_tubelets(video, frames, stride, patch):
    time, height, width, channels = video.shape
    tubelets = []
    for start in range(0, time - frames + 1, stride):
        clip = video[start : start + frames]
        boxes = clip.reshape(
            frames, height // patch, patch, width // patch, patch, channels
        )
        boxes = boxes.transpose(1, 3, 2, 4, 0, 5)
        tubelets.append(boxes.reshape(-1, frames * patch * patch * channels))
    return np.concatenate(tubelets)
