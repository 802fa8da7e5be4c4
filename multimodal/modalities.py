"""From a sample of any modality to a sequence of vectors, and to one joint sequence.

Text, audio, video and sensor series; images are cut by `multimodal.vit.patchify`.
"""

from collections.abc import Collection, Mapping

import torch
from torch import Tensor, nn


def word_pieces(word: str, vocabulary: Collection[str]) -> list[str]:
    """Split a word into the longest pieces that a vocabulary holds, from the left.

    The greedy rule of WordPiece; a piece that continues a word starts with "##".

    Args:
        word: one word, without spaces.
        vocabulary: the known pieces.
    Returns:
        The pieces, or ["[UNK]"] where some part of the word matches no piece.
    Raises:
        ValueError: the word is empty or holds a space.
    """
    if not word or word.split() != [word]:
        raise ValueError(f"{word!r} is not one word: split the text at its spaces")
    pieces, start = [], 0
    while start < len(word):
        prefix = "##" if start else ""
        for end in range(len(word), start, -1):
            if prefix + word[start:end] in vocabulary:
                break
        else:
            return ["[UNK]"]
        pieces.append(prefix + word[start:end])
        start = end
    return pieces


def windows(series: Tensor, length: int, stride: int | None = None) -> Tensor:
    """Cut a series into windows and flatten each to a vector.

    Samples at the end that fill no whole window are left out.

    Args:
        series: `(time,)` or `(time, channels)`.
        length: samples in a window.
        stride: samples from one window's start to the next; `length` if not given.
    Returns:
        `(tokens, length * channels)`, the channels of one moment side by side.
    Raises:
        ValueError: the shape, the length or the stride can't be used.
    """
    stride = length if stride is None else stride
    if series.dim() not in (1, 2):
        raise ValueError(
            f"a series of shape {tuple(series.shape)} was given, "
            "(time,) or (time, channels) is expected"
        )
    if length < 1 or stride < 1:
        raise ValueError(f"length {length} and stride {stride} must be 1 or more")
    if len(series) < length:
        raise ValueError(
            f"{len(series)} samples are fewer than one window of {length}: "
            "give a longer series or a smaller length"
        )
    starts = range(0, len(series) - length + 1, stride)
    return torch.stack([series[start : start + length].flatten() for start in starts])


def spectrogram_frames(
    wave: Tensor, frame_length: int = 400, hop_length: int = 160
) -> Tensor:
    """Measure how strong each frequency is in each short frame of a sound.

    Args:
        wave: `(samples,)`, floats.
        frame_length: samples in a frame; 400 are 25 ms at 16 kHz.
        hop_length: samples from one frame's start to the next.
    Returns:
        `(frames, frame_length // 2 + 1)`: the power at the frequencies
        `k * sample_rate / frame_length`.
    Raises:
        ValueError: the wave is not one row of floats, or shorter than a frame.
    """
    if wave.dim() != 1 or not wave.is_floating_point():
        raise ValueError(
            f"a wave of shape {tuple(wave.shape)} and type {wave.dtype} was given, "
            "one row of floats is expected: average the channels, and divide "
            "16-bit integers by 32768"
        )
    frames = windows(wave, frame_length, hop_length)  # (frames, frame_length)
    fade = torch.hann_window(frame_length, dtype=wave.dtype, device=wave.device)
    return torch.fft.rfft(frames * fade).abs().square()  # (frames, frequencies)


def mel_filters(bands: int, frame_length: int, sample_rate: int) -> Tensor:
    """Make triangular filters, evenly spaced on the mel scale of pitch.

    A frequency of f hertz lies at 2595 log10(1 + f / 700) mel.

    Args:
        bands: number of filters.
        frame_length: samples in the frames of the spectrogram.
        sample_rate: samples per second.
    Returns:
        `(bands, frame_length // 2 + 1)`, weights from 0 to 1.
    Raises:
        ValueError: a filter is so narrow that no frequency falls into it.
    """
    frequencies = torch.linspace(0, sample_rate / 2, frame_length // 2 + 1)
    highest = 2595 * torch.log10(torch.tensor(1 + sample_rate / 2 / 700))
    edges = 700 * (10 ** (torch.linspace(0, highest, bands + 2) / 2595) - 1)
    low, middle, high = (edges[i : i + bands, None] for i in range(3))
    rising = (frequencies - low) / (middle - low)
    falling = (high - frequencies) / (high - middle)
    filters = torch.minimum(rising, falling).clamp(min=0)  # (bands, frequencies)
    if (filters.sum(1) == 0).any():
        raise ValueError(
            f"{bands} bands are too many for frames of {frame_length} samples: "
            "some hold no frequency. Take fewer bands or longer frames"
        )
    return filters


def log_mel_frames(
    wave: Tensor,
    sample_rate: int = 16000,
    bands: int = 40,
    frame_length: int = 400,
    hop_length: int = 160,
) -> Tensor:
    """Turn a sound into a sequence of frames, each a vector of band energies.

    Args:
        wave: `(samples,)`, floats.
        sample_rate: samples per second.
        bands: number of mel bands, the length of each vector.
        frame_length: samples in a frame.
        hop_length: samples from one frame's start to the next.
    Returns:
        `(frames, bands)`: the base-10 logarithm of each band's energy, at least -10.
    Raises:
        ValueError: as `spectrogram_frames` and `mel_filters`.
    """
    power = spectrogram_frames(wave, frame_length, hop_length)
    filters = mel_filters(bands, frame_length, sample_rate).to(power)
    return (power @ filters.T).clamp(min=1e-10).log10()


def tubelets(video: Tensor, frames: int, patch_size: int) -> Tensor:
    """Cut a video into boxes of space and time and flatten each to a vector.

    The tubelets of ViViT (Arnab et al., 2021, section 3.2), row by row through the
    first `frames` frames, then through the next.

    Args:
        video: `(time, channels, height, width)`.
        frames: frames in a tubelet.
        patch_size: height and width of a tubelet, in pixels.
    Returns:
        `(tokens, frames * patch_size**2 * channels)`: the numbers of a tubelet are
        ordered by frame, then row, then column, then channel.
    Raises:
        ValueError: the video does not divide into whole tubelets.
    """
    if video.dim() != 4:
        raise ValueError(
            f"a video of shape {tuple(video.shape)} was given, "
            "(time, channels, height, width) is expected"
        )
    time, channels, height, width = video.shape
    p = patch_size
    if frames < 1 or p < 1 or time % frames or height % p or width % p:
        raise ValueError(
            f"{time} frames of {height} x {width} pixels do not divide into tubelets "
            f"of {frames} frames and {p} x {p} pixels: crop the video or change them"
        )
    boxes = video.reshape(
        time // frames, frames, channels, height // p, p, width // p, p
    )
    boxes = boxes.permute(0, 3, 5, 1, 4, 6, 2)  # the place of the box first
    return boxes.flatten(3).flatten(0, 2)  # (tokens, frames * p * p * channels)


def plucked_string(
    frequency: float, seconds: float, sample_rate: int = 16000, seed: int = 0
) -> Tensor:
    """Simulate a plucked string (Karplus and Strong, 1983).

    A closed loop of noise, one period long, is played again and again; at each turn
    every sample becomes the mean of itself and the one before it, so that high
    frequencies die away first. The mean also delays the loop by half a sample.

    Args:
        frequency: pitch in hertz; the loop is rounded to whole samples.
        seconds: length of the sound.
        sample_rate: samples per second.
        seed: of the noise with which the string starts.
    Returns:
        `(seconds * sample_rate,)`, floats in [-1, 1].
    Raises:
        ValueError: the frequency does not lie between 0 and half the sample rate.
    """
    if not 0 < frequency <= sample_rate / 2:
        raise ValueError(
            f"{frequency} Hz was given, expected above 0 and at most "
            f"{sample_rate / 2:g} Hz, half the sample rate"
        )
    period, samples = int(sample_rate / frequency), round(seconds * sample_rate)
    noise = torch.Generator().manual_seed(seed)
    string = torch.rand(period, generator=noise)
    string = string - string.mean()  # a constant part would never die away
    string = string / string.abs().max()
    turns = [string]
    for _ in range(samples // period):
        string = (string + string.roll(1)) / 2
        turns.append(string)
    return torch.cat(turns)[:samples]


class ModalityEmbedding(nn.Module):
    """Bring the tokens of several modalities to one width and join them in a row.

    Each modality has a linear projection and a type embedding, which is added to all
    its tokens (as BERT's segment embeddings, Devlin et al., 2019, section 3).

    Args:
        token_widths: length of a token vector, for each modality by name.
        width: the common length.
    """

    def __init__(self, token_widths: Mapping[str, int], width: int):
        super().__init__()
        self.project = nn.ModuleDict(
            {name: nn.Linear(length, width) for name, length in token_widths.items()}
        )
        self.type_embedding = nn.ParameterDict(
            {name: nn.Parameter(0.02 * torch.randn(width)) for name in token_widths}
        )

    def forward(self, tokens: Mapping[str, Tensor]) -> Tensor:
        """Project, mark and join, in the order in which the modalities are given.

        Args:
            tokens: for each modality `(..., tokens, its token width)`.
        Returns:
            `(..., all tokens, width)`.
        """
        if unknown := set(tokens) - set(self.project.keys()):
            raise ValueError(
                f"no projection for {sorted(unknown)}: "
                f"this embedding knows {sorted(self.project.keys())}"
            )
        parts = [self.project[m](t) + self.type_embedding[m] for m, t in tokens.items()]
        return torch.cat(parts, dim=-2)


class SceneAnswerer(nn.Module):
    """Answer a question with one of a list of answers, looking at an image or not.

    Args:
        pieces: size of the vocabulary of word pieces.
        patch_width: length of a patch vector.
        tokens: length of the longest sequence, text and image together.
        answers: number of answers to choose from.
        width: length of the token vectors; a multiple of 4, the heads of attention.
    """

    def __init__(
        self, pieces: int, patch_width: int, tokens: int, answers: int, width: int = 64
    ):
        super().__init__()
        self.piece_embedding = nn.Embedding(pieces, width)
        self.join = ModalityEmbedding({"text": width, "image": patch_width}, width)
        self.positions = nn.Parameter(0.02 * torch.randn(tokens, width))
        self.block = nn.TransformerEncoderLayer(
            width, 4, 2 * width, dropout=0.0, batch_first=True, norm_first=True
        )
        self.answer = nn.Linear(width, answers)

    def forward(self, question: Tensor, patches: Tensor | None = None) -> Tensor:
        """Read `(batch, pieces)` ids and, if given, `(batch, patches, patch width)`.

        Returns:
            `(batch, answers)`: a score for each answer, before the softmax.
        """
        tokens = {"text": self.piece_embedding(question)}
        if patches is not None:
            tokens["image"] = patches
        sequence = self.join(tokens)  # (batch, tokens, width)
        sequence = self.block(sequence + self.positions[: sequence.shape[1]])
        return self.answer(sequence.mean(dim=1))
