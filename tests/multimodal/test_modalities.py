"""Modalities as tokens: what a reader's tensors would lose if a cut went wrong."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from torch import nn
from torch.nn import functional as F
from transformers.audio_utils import mel_filter_bank

from multimodal import modalities as m
from multimodal.vit import patchify


def noise(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


# --- text ---------------------------------------------------------------------------


@given(
    word=st.text("abcé", min_size=1, max_size=12),
    pieces=st.sets(st.text("abc", min_size=1, max_size=3), max_size=12),
)
def test_word_pieces_are_those_of_the_tokenizers_library(word, pieces):
    vocabulary = {"[UNK]": 0}
    for piece in sorted(pieces):
        for form in (piece, "##" + piece[::-1]):
            vocabulary.setdefault(form, len(vocabulary))
    oracle = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    assert m.word_pieces(word, vocabulary) == oracle.encode(word).tokens


def test_word_pieces_agree_on_a_trained_vocabulary():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    text = "the cat sat near the cats while a caterpillar sang to a singing cattle dog"
    trainer = trainers.WordPieceTrainer(vocab_size=40, special_tokens=["[UNK]"])
    tokenizer.train_from_iterator([text], trainer)
    vocabulary = tokenizer.get_vocab()
    for word in [*text.split(), "catsing", "dogs", "zebra"]:
        assert m.word_pieces(word, vocabulary) == tokenizer.encode(word).tokens


@pytest.mark.parametrize("word", ["", " ", "two words", " cat"])
def test_word_pieces_refuse_what_is_not_one_word(word):
    with pytest.raises(ValueError, match="split the text at its spaces"):
        m.word_pieces(word, {"cat"})


# --- series -------------------------------------------------------------------------


@given(
    time=st.integers(1, 40),
    channels=st.integers(1, 4),
    length=st.integers(1, 12),
    stride=st.integers(1, 12),
)
def test_windows_are_unfolds_windows(time, channels, length, stride):
    series = noise(time, channels)
    if time < length:
        with pytest.raises(ValueError, match="fewer than one window"):
            m.windows(series, length, stride)
        return
    expected = series.unfold(0, length, stride).transpose(1, 2).flatten(1)
    assert torch.equal(m.windows(series, length, stride), expected)


def test_windows_do_not_overlap_unless_asked():
    assert m.windows(torch.arange(7), 3).tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    ("series", "length", "stride", "message"),
    [
        (torch.zeros(2, 3, 4), 2, 1, r"\(2, 3, 4\)"),
        (torch.zeros(()), 1, 1, r"\(\)"),
        (torch.zeros(9), 0, 1, "must be 1 or more"),
        (torch.zeros(9), 2, 0, "must be 1 or more"),
        (torch.zeros(3), 4, 1, "3 samples are fewer than one window of 4"),
    ],
)
def test_windows_say_what_is_wrong(series, length, stride, message):
    with pytest.raises(ValueError, match=message):
        m.windows(series, length, stride)


# --- audio --------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(samples=st.integers(64, 900), frame=st.integers(8, 64), hop=st.integers(1, 70))
def test_spectrogram_is_that_of_torch_stft(samples, frame, hop):
    wave = noise(samples)
    window = torch.hann_window(frame, dtype=wave.dtype)
    expected = torch.stft(
        wave, frame, hop, window=window, center=False, return_complex=True
    )
    frames = m.spectrogram_frames(wave, frame, hop)
    torch.testing.assert_close(frames, expected.abs().square().T)


def test_a_pure_tone_is_strongest_at_its_own_frequency():
    time = torch.arange(16000) / 16000
    frames = m.spectrogram_frames(torch.sin(2 * torch.pi * 1000 * time))
    assert (frames.argmax(1) == 1000 * 400 // 16000).all()


@pytest.mark.parametrize(
    ("bands", "frame", "rate"), [(40, 400, 16000), (80, 1024, 16000), (20, 512, 8000)]
)
def test_mel_filters_are_those_of_transformers(bands, frame, rate):
    expected = mel_filter_bank(frame // 2 + 1, bands, 0, rate / 2, rate)
    filters = m.mel_filters(bands, frame, rate)
    np.testing.assert_allclose(filters, expected.T, atol=2e-4)


def test_mel_filters_that_would_be_empty_are_refused():
    with pytest.raises(ValueError, match="fewer bands or longer frames"):
        m.mel_filters(200, 400, 16000)


def test_log_mel_frames_sum_the_power_within_each_band():
    wave = noise(2000)
    power = m.spectrogram_frames(wave).numpy()
    filters = m.mel_filters(40, 400, 16000).double().numpy()
    frames = m.log_mel_frames(wave)
    assert frames.shape == (11, 40)
    for frame in range(11):
        for band in range(40):
            energy = sum(power[frame, k] * filters[band, k] for k in range(201))
            assert frames[frame, band] == pytest.approx(np.log10(energy))


def test_silence_is_finite():
    assert (m.log_mel_frames(torch.zeros(800)) == -10).all()


@pytest.mark.parametrize(
    "wave", [torch.zeros(800, dtype=torch.int16), torch.zeros(800, 2)]
)
def test_a_wave_of_integers_or_of_two_channels_is_refused(wave):
    with pytest.raises(ValueError, match="one row of floats"):
        m.log_mel_frames(wave)


@pytest.mark.parametrize("frequency", [110.0, 220.0, 331.7])
def test_a_plucked_string_sounds_at_its_pitch(frequency):
    wave = m.plucked_string(frequency, seconds=1, seed=3)
    assert wave.shape == (16000,) and wave.abs().max() <= 1
    spectrum = torch.fft.rfft(wave[4000:] * torch.hann_window(12000)).abs()
    fundamental = spectrum[: int(1.5 * frequency * 12000 / 16000)].argmax()
    half_a_semitone = 0.03 * frequency
    assert abs(fundamental * 16000 / 12000 - frequency) < half_a_semitone


def test_each_turn_of_the_string_damps_its_harmonics_by_their_cosine():
    period = 40
    wave = m.plucked_string(16000 / (period + 0.5), seconds=10 * period / 16000)
    harmonics = torch.fft.rfft(wave.reshape(10, period)).abs()
    damping = torch.cos(torch.pi * torch.arange(period // 2 + 1) / period)
    expected = harmonics[0] * damping ** torch.arange(10)[:, None]
    torch.testing.assert_close(harmonics, expected, atol=1e-4, rtol=1e-4)


def test_the_seed_decides_how_the_string_is_plucked():
    first, again, other = (m.plucked_string(200, 0.1, seed=s) for s in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)


@pytest.mark.parametrize("frequency", [0, -3, 8001])
def test_a_pitch_that_can_not_be_sampled_is_refused(frequency):
    with pytest.raises(ValueError, match="half the sample rate"):
        m.plucked_string(frequency, 1)


# --- video --------------------------------------------------------------------------

grids = st.tuples(*[st.integers(1, 3)] * 3)


@settings(deadline=None)
@given(grid=grids, frames=st.integers(1, 3), p=st.integers(1, 4), c=st.integers(1, 3))
def test_tubelets_are_the_boxes_in_order(grid, frames, p, c):
    times, rows, columns = grid
    video = noise(times * frames, c, rows * p, columns * p)
    expected = [
        video[t : t + frames, :, y : y + p, x : x + p].movedim(1, -1).flatten()
        for t in range(0, times * frames, frames)
        for y in range(0, rows * p, p)
        for x in range(0, columns * p, p)
    ]
    assert torch.equal(m.tubelets(video, frames, p), torch.stack(expected))


def test_a_linear_layer_on_tubelets_is_a_strided_3d_convolution():
    video, kernel = noise(4, 3, 8, 12), noise(5, 3, 2, 4, 4, seed=1)
    expected = F.conv3d(video.transpose(0, 1)[None], kernel, stride=(2, 4, 4))
    projected = m.tubelets(video, 2, 4) @ kernel.movedim(1, -1).flatten(1).T
    torch.testing.assert_close(projected, expected[0].flatten(1).T)


def test_a_tubelet_of_one_frame_is_a_patch():
    video = noise(2, 3, 8, 12)
    assert torch.equal(m.tubelets(video, 1, 4), patchify(video, 4).flatten(0, 1))


@pytest.mark.parametrize(
    ("shape", "frames", "patch"),
    [
        ((5, 3, 8, 8), 2, 4),
        ((4, 3, 9, 8), 2, 4),
        ((4, 3, 8, 9), 2, 4),
        ((4, 3, 8, 8), 0, 4),
        ((4, 3, 8, 8), 2, 0),
    ],
)
def test_a_video_that_does_not_divide_is_refused(shape, frames, patch):
    with pytest.raises(ValueError, match="do not divide into tubelets"):
        m.tubelets(torch.zeros(shape), frames, patch)


def test_a_batch_of_videos_is_refused():
    with pytest.raises(ValueError, match=r"\(time, channels, height, width\)"):
        m.tubelets(torch.zeros(1, 4, 3, 8, 8), 2, 4)


# --- one sequence -------------------------------------------------------------------


def test_modalities_are_projected_marked_and_joined_in_the_order_given():
    embedding = m.ModalityEmbedding({"text": 5, "image": 12}, width=8).double()
    image, text = noise(2, 4, 12), noise(2, 3, 5)
    joined = embedding({"image": image, "text": text})
    assert joined.shape == (2, 7, 8)
    for name, tokens, place in (("image", image, (0, 4)), ("text", text, (4, 7))):
        layer = embedding.project[name]
        mark = embedding.type_embedding[name]
        for b in range(2):
            for i, token in enumerate(tokens[b]):
                expected = layer.weight @ token + layer.bias + mark
                torch.testing.assert_close(joined[b, place[0] + i], expected)
        assert place[0] + tokens.shape[1] == place[1]


def test_every_part_of_the_modality_embedding_learns():
    embedding = m.ModalityEmbedding({"text": 5, "image": 12}, width=8)
    tokens = {"text": noise(3, 5).float(), "image": noise(4, 12).float()}
    nn.functional.mse_loss(embedding(tokens), torch.ones(7, 8)).backward()
    for name, parameter in embedding.named_parameters():
        assert parameter.grad.abs().sum() > 0, name


def test_a_modality_without_projection_is_named():
    embedding = m.ModalityEmbedding({"text": 5}, width=8)
    with pytest.raises(ValueError, match=r"no projection for \['smell'\]"):
        embedding({"smell": torch.zeros(1, 5)})


# --- answering questions ------------------------------------------------------------


@pytest.fixture
def answerer():
    torch.manual_seed(0)
    return m.SceneAnswerer(11, patch_width=12, tokens=9, answers=3, width=8)


def test_an_answer_depends_on_every_patch_and_every_piece(answerer):
    question = torch.tensor([[1, 2, 3, 4, 5]])
    patches = noise(1, 4, 12).float().requires_grad_()
    scores = answerer(question, patches)
    assert scores.shape == (1, 3)
    scores[0, 0].backward()
    assert (patches.grad.abs().sum(-1) > 0).all()
    for place in range(5):
        other = question.clone()
        other[0, place] = 7
        assert not torch.allclose(answerer(other, patches), scores)


def test_the_order_of_pieces_and_patches_matters(answerer):
    question, patches = torch.tensor([[1, 2, 3]]), noise(1, 4, 12).float()
    scores = answerer(question, patches)
    assert not torch.allclose(answerer(question.flip(1), patches), scores)
    assert not torch.allclose(answerer(question, patches.flip(1)), scores)


def test_a_question_can_be_answered_blindly(answerer):
    question = torch.tensor([[1, 2, 3], [4, 5, 6]])
    scores = answerer(question)
    assert scores.shape == (2, 3) and scores.isfinite().all()
