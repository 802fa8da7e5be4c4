"""First words: every fact has its place, and a bridge learns to say them."""

import math

import pytest
import torch
from small_llama import Letters, small_llama

from multimodal.blip2 import Bridge, BridgeConfig
from multimodal.checkpoints import course_weights
from multimodal.emoji_scenes import NUMBERS, EmojiScenes, counted
from multimodal.first_words import (
    PLACES,
    SMALL_WORDS,
    caption_telegrams,
    first_words_loss,
    nearest_words,
    scene_telegram,
    teach_first_words,
    telegram_text,
    word_vectors,
)
from multimodal.frozen_language_model import FrozenLanguageModel
from multimodal.language_model import LanguageModel
from multimodal.qformer import QFormerConfig
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe


def read(words: list[str]) -> tuple:
    """Read a telegram back, by the places that its description names."""
    if words[4] == "a":
        return (words[1], words[2], words[5], words[7])
    number = 1 if words[0] == "a" else NUMBERS.index(words[0])
    return (number, words[1], words[7])


@pytest.mark.parametrize("split", ["train", "S0", "S2", "S3"])
def test_a_telegram_says_every_fact_at_its_place(split):
    kinds = set()
    for scene in EmojiScenes(split, 150):
        words, graph = scene_telegram(scene), scene.graph
        assert len(words) == PLACES and all(words)
        nouns = [thing.noun for thing in graph.objects]
        if graph.relation:
            side = graph.relation.removesuffix(" of")
            expected = (nouns[0], side, nouns[1], graph.background)
        else:
            named = counted(nouns[0], len(nouns)).split(" ", 1)[1]
            expected = (len(nouns), named, graph.background)
        assert read(words) == expected
        kinds.add(len(expected))
    assert kinds == ({4} if split == "S2" else {3} if split == "S3" else {3, 4})


def test_a_telegram_is_written_as_a_text():
    words = ["a", "alarm clock", "below", ",", "two", "cats", "."]
    assert telegram_text(words) == " a alarm clock below, two cats."


def test_words_are_read_as_inside_a_text():
    language = FrozenLanguageModel(small_llama())
    vectors = word_vectors(language, Letters(), ["cat", ","])
    ids = torch.tensor(Letters()(" cat")["input_ids"])
    torch.testing.assert_close(vectors[0], language.embed(ids).mean(dim=0))
    comma = torch.tensor(Letters()(",")["input_ids"])
    torch.testing.assert_close(vectors[1], language.embed(comma)[0])


def test_the_language_model_of_the_course_has_words_as_well():
    folder = course_weights("language-model-emoji-scenes")
    tokenizer, model = Tokenizer.load(folder), LanguageModel.load(folder)
    language = FrozenLanguageModel(model)
    (vector,) = word_vectors(language, tokenizer, ["cat"])
    (number,) = tokenizer.encode("cat")[1:-1]
    torch.testing.assert_close(vector, language.embed(torch.tensor(number)))


def test_the_loss_is_cross_entropy_of_cosines_and_a_relative_distance():
    torch.manual_seed(0)
    prompts, vectors = torch.randn(2, 3, 4), torch.randn(5, 4)
    targets = torch.randint(5, (2, 3))
    losses, squares = [], []
    for image in range(2):
        for place in range(3):
            soft, right = prompts[image, place], int(targets[image, place])
            scores = [
                7 * float(soft @ word / (soft.norm() * word.norm())) for word in vectors
            ]
            total = math.log(sum(math.exp(score) for score in scores))
            losses.append(total - scores[right])
            squares += [(soft - vectors[right]).square().mean()]
    expected = sum(losses) / 6 + sum(squares) / 6 / vectors.square().mean()
    found = first_words_loss(prompts, vectors, targets, sharpness=7)
    torch.testing.assert_close(found, expected)
    assert torch.equal(nearest_words(vectors[targets], vectors), targets)


def test_a_caption_telegram_has_the_words_that_captions_share():
    captions = [
        ("A black dog runs in snow.", "The dog runs.", "Black dog, white snow!"),
        ("A cat sleeps on a sofa.", "A cat sleeps.", "One cat on the sofa"),
        ("Something strange", "It is unheard of", "Nobody knows"),
    ]
    telegrams = caption_telegrams(captions, seldom=1)
    assert telegrams[0] == ["black", "dog", "runs", "snow", ".", ".", ".", "."]
    assert telegrams[1][:3] == ["cat", "sleeps", "sofa"]
    assert set(telegrams[2][2:]) == {"."}  # nothing is shared: two words at least
    assert not SMALL_WORDS & {word for row in telegrams for word in row}
    assert caption_telegrams(captions, seldom=2) == [["."] * PLACES] * 3


@pytest.mark.parametrize("queries", [PLACES, PLACES + 3])
def test_a_bridge_learns_to_say_what_its_features_tell(queries):
    scenes = EmojiScenes("train", 12)[:]
    said = [scene_telegram(scene) for scene in scenes]
    torch.manual_seed(0)
    features, mirrored = torch.randn(2, len(scenes), 4, 10)
    language = FrozenLanguageModel(small_llama())
    before = [value.clone() for value in language.state_dict().values()]
    qformer = QFormerConfig(queries, 32, 2, 2, 10, dropout=0.0)
    bridge = Bridge(BridgeConfig(qformer, language.width, 0.1))
    recipe, losses = Recipe(300, 12, 3e-3, warmup=10), []

    def on_step(step, loss):
        losses.append(loss)

    words = teach_first_words(
        bridge, language, Letters(), features, said, recipe, on_step, mirrored
    )
    assert words == sorted({word for row in said for word in row})
    vectors = word_vectors(language, Letters(), words)
    targets = torch.tensor([[words.index(word) for word in row] for row in said])
    for seen in (features, mirrored):
        with torch.no_grad():
            found = nearest_words(bridge(seen)[:, :PLACES], vectors)
        assert (found == targets).float().mean() > 0.9
    assert losses[-1] < 0.3 * losses[0]
    for one, other in zip(before, language.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_a_bridge_with_too_few_queries_is_refused():
    bridge = Bridge(BridgeConfig(QFormerConfig(3, 8, 1, 1, 10), 16))
    language, said = FrozenLanguageModel(small_llama()), [["a"] * PLACES]
    with pytest.raises(ValueError, match=f"{PLACES} words need .* the bridge has 3"):
        teach_first_words(
            bridge, language, Letters(), torch.zeros(1, 4, 10), said, Recipe(1, 1, 1e-3)
        )
