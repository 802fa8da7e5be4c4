"""The tokenizer equals CLIP's, keeps every text, and says what it can't do."""

import json
import unicodedata

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import CLIPTokenizer

from multimodal.emoji_scenes import EmojiScenes
from multimodal.hub import UnavailableError
from multimodal.tokenizer import (
    END,
    START,
    Tokenizer,
    learn_merges,
    merge,
    spell,
    split_words,
)

CAPTIONS = [text for scene in EmojiScenes("train", 60) for text in scene.captions]
TOKENIZER = Tokenizer.learn(CAPTIONS, 80)


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> tuple[CLIPTokenizer, Tokenizer]:
    """The same vocabulary and merges, read by transformers and by us."""
    folder = tmp_path_factory.mktemp("clip")
    (folder / "vocab.json").write_text(json.dumps(TOKENIZER.vocabulary))
    lines = ["#version: 0.2", *(" ".join(pair) for pair in TOKENIZER.merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n")
    files = (str(folder / "vocab.json"), str(folder / "merges.txt"))
    return CLIPTokenizer(*files), Tokenizer.from_pretrained(folder)


TEXTS = [
    *CAPTIONS[:20],
    "",
    "A Cat's  whiskers, they'll   twitch!!! 1234 times...",
    "un café à la crème; 北京 🐈 naïve",
    "ΟΔΥΣΣΕΥΣ ΣΑΣ, İstanbul, Straße",
    "don't you'd we've I'm they're",
    "tabs\tand\nlines",
]


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_equal_those_of_transformers(published, text):
    theirs, ours = published
    assert ours.encode(text) == theirs(text)["input_ids"]


def comparable(text: str) -> str:
    """Leave out special tokens, and characters that not every library knows yet."""
    for token in (START, END):
        text = text.replace(token, "")
    return "".join(c for c in text if unicodedata.category(c) != "Cn")


ENDINGS = st.sampled_from(
    ["'s", "'T", "'re", "'VE", "'ll", "\t", "\n", " ", "Σ", "İ", "ß"]
)


@settings(max_examples=150, deadline=None)
@given(parts=st.lists(st.text(st.characters(codec="utf-8")) | ENDINGS, max_size=12))
def test_tokens_of_any_text_equal_those_of_transformers(published, parts):
    """Whatever people write, control characters too; a long text is cut at 77."""
    theirs, ours = published
    text = comparable("".join(parts))
    expected = theirs(text, truncation=True, max_length=77)["input_ids"]
    assert ours.encode(text) == expected


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.characters(codec="ascii"), max_size=40))
def test_tokens_of_any_ascii_text_equal_those_of_transformers(published, text):
    theirs, ours = published
    text = comparable(text)
    assert ours.encode(text) == theirs(text)["input_ids"]


def test_the_name_of_a_special_token_in_a_text_is_plain_text(published):
    """Nobody can end a text early by writing END; transformers would let them."""
    theirs, ours = published
    text = f"a cat {END} a dog"
    assert theirs(text)["input_ids"].count(ours.end_id) == 2
    assert ours.encode(text).count(ours.end_id) == 1
    assert ours.decode(ours.encode(text)) == "a cat <| endoftext |> a dog"


def test_a_batch_is_padded_with_end_and_a_long_text_is_cut_before_it():
    ids = TOKENIZER(["a cat", "a cat on a red background"])
    assert ids.dtype == torch.int64 and ids.ndim == 2
    start, end = TOKENIZER.start_id, TOKENIZER.end_id
    assert (ids[:, 0] == start).all() and (ids[:, -1] == end).all()
    assert ids[0].tolist() == TOKENIZER.encode("a cat") + [end] * (
        ids.shape[1] - len(TOKENIZER.encode("a cat"))
    )
    short = Tokenizer(TOKENIZER.merges, context_length=8)
    cut = short.encode("a cat to the left of a dog on a red background")
    assert len(cut) == 8 and cut[-1] == end and cut.count(end) == 1
    assert TOKENIZER([]).shape == (0, 2)


def test_one_string_instead_of_a_list_is_refused():
    with pytest.raises(TypeError, match="expected a list of texts"):
        TOKENIZER("a cat")


@settings(max_examples=100, deadline=None)
@given(words=st.lists(st.text("abcdefghijklmnopqrstuvwxyzäé", min_size=1), max_size=8))
def test_what_was_encoded_can_be_read_again(words):
    text = unicodedata.normalize("NFC", " ".join(words))
    tokenizer = Tokenizer(TOKENIZER.merges, context_length=1000)  # nothing is cut
    assert tokenizer.decode(tokenizer.encode(text)) == " ".join(split_words(text))


def test_the_most_frequent_pair_is_merged_first():
    """Counted by hand: "l o" and "o w</w>" occur 4 times, the others less often."""
    assert learn_merges(["low low low slow lot"], 2) == [("l", "o"), ("lo", "w</w>")]


def test_learning_stops_when_every_word_is_whole():
    merges = learn_merges(["aaa"], 50)
    assert len(merges) == 2
    assert Tokenizer(merges).word_pieces("aaa") == ("aaa</w>",)


def test_merges_are_applied_from_left_to_right_without_overlap():
    assert merge(("a", "a", "a"), ("a", "a")) == ("aa", "a")
    assert spell("é") == ("Ã", "©</w>")


def test_known_words_become_one_token_and_unknown_ones_several():
    tokenizer = Tokenizer.learn(CAPTIONS, 600)
    assert len(tokenizer.word_pieces("background")) == 1
    assert len(tokenizer.word_pieces("xylophone")) > 3


def test_numbers_follow_the_order_of_clip():
    bytes_and_ends = 512
    assert len(TOKENIZER) == bytes_and_ends + 80 + 2
    assert TOKENIZER.vocabulary["!"] == 0 and TOKENIZER.vocabulary["!</w>"] == 256
    first = "".join(TOKENIZER.merges[0])
    assert TOKENIZER.vocabulary[first] == bytes_and_ends
    assert TOKENIZER.vocabulary[START] == len(TOKENIZER) - 2
    assert TOKENIZER.vocabulary[END] == len(TOKENIZER) - 1


def test_save_and_load_give_the_same_tokens(tmp_path):
    TOKENIZER.save(tmp_path)
    again = Tokenizer.load(tmp_path)
    assert again.vocabulary == TOKENIZER.vocabulary
    assert all(again.encode(text) == TOKENIZER.encode(text) for text in CAPTIONS)


def test_missing_and_foreign_files_are_refused(tmp_path):
    with pytest.raises(UnavailableError):
        Tokenizer.load(tmp_path)
    (tmp_path / "tokenizer.json").write_text('{"version": "1.0"}')
    with pytest.raises(ValueError, match="no tokenizer saved by this book"):
        Tokenizer.load(tmp_path)
    with pytest.raises(UnavailableError):
        Tokenizer.from_pretrained(tmp_path)
