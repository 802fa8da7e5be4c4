# mistake: a reshape where a transpose is needed
# loses: tubelets-order
# hint: strips of neighbouring numbers
def video_to_tubelets(video, frames, stride, patch):
    time, height, width, channels = video.shape
    clips = [video[s : s + frames] for s in range(0, time - frames + 1, stride)]
    return np.stack(clips).reshape(-1, frames * patch * patch * channels)
