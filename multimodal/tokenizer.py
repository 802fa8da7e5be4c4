"""Byte-pair encoding as CLIP does it: learned from captions, or published."""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import regex
import torch
from torch import Tensor

from multimodal.weights import find_file, read_json

START, END = "<|startoftext|>", "<|endoftext|>"
WORD_END = "</w>"


def split_words(text: str) -> list[str]:
    """Cut a text into words, digits and runs of signs, in lower case.

    English endings such as 's and 'll are words of their own, as in CLIP.
    """
    pattern = r"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+"
    letters = unicodedata.normalize("NFC", text)
    # one by one: the lower case of a Greek sigma would depend on its neighbours
    return regex.findall(pattern, "".join(letter.lower() for letter in letters))


@cache
def byte_symbols() -> tuple[str, ...]:
    """Give each of the 256 bytes a visible character, as GPT-2 and CLIP do.

    Bytes that are printable characters of Latin-1 keep them; the others get
    characters from number 256 on.
    """
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    symbols = {byte: chr(byte) for byte in printable}
    symbols |= {byte: chr(256 + place) for place, byte in enumerate(others)}
    return tuple(symbols[byte] for byte in range(256))


def spell(word: str) -> tuple[str, ...]:
    """Write a word as the symbols of its bytes; the last one carries the word's end."""
    symbols = [byte_symbols()[byte] for byte in word.encode()]
    return (*symbols[:-1], symbols[-1] + WORD_END)


def merge(symbols: Sequence[str], pair: tuple[str, str]) -> tuple[str, ...]:
    """Join every occurrence of two neighbouring symbols, from left to right."""
    merged, place = [], 0
    while place < len(symbols):
        if tuple(symbols[place : place + 2]) == pair:
            merged.append(pair[0] + pair[1])
            place += 2
        else:
            merged.append(symbols[place])
            place += 1
    return tuple(merged)


def learn_merges(texts: Iterable[str], number: int) -> list[tuple[str, str]]:
    """Learn which symbols to join (Sennrich et al., 2016).

    Args:
        texts: to learn from.
        number: of merges wanted; there are fewer if all words are whole before that.
    Returns:
        Pairs of symbols in the order in which they were joined: the most frequent
        pair first, then the most frequent one after that merge, and so on.
    """
    counts = Counter(word for text in texts for word in split_words(text))
    words = {spell(word): count for word, count in counts.items()}
    merges = []
    for _ in range(number):
        pairs = Counter()
        for symbols, count in words.items():
            for pair in pairwise(symbols):
                pairs[pair] += count
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))  # ties: by alphabet
        merges.append(best)
        words = {merge(symbols, best): count for symbols, count in words.items()}
    return merges


class Tokenizer:
    """Turn texts into the numbers that a text tower reads, and back.

    Args:
        merges: pairs of symbols, the first ones to be joined first.
        context_length: most tokens of a text, START and END included.
        vocabulary: number of each token; by default the bytes, the bytes that end a
            word, the merges, START and END, in this order, as in CLIP.
    """

    def __init__(
        self,
        merges: Iterable[Sequence[str]],
        context_length: int = 77,
        vocabulary: dict[str, int] | None = None,
    ):
        self.merges = [tuple(pair) for pair in merges]
        self.context_length = context_length
        self.ranks = {pair: rank for rank, pair in enumerate(self.merges)}
        tokens = [*sorted_bytes(), *(symbol + WORD_END for symbol in sorted_bytes())]
        tokens += [first + second for first, second in self.merges] + [START, END]
        self.vocabulary = vocabulary or {token: n for n, token in enumerate(tokens)}
        self.tokens = {number: token for token, number in self.vocabulary.items()}
        self.start_id, self.end_id = self.vocabulary[START], self.vocabulary[END]
        self.known: dict[str, list[int]] = {}  # words that were encoded before

    def __len__(self) -> int:
        """Count the tokens there are."""
        return len(self.vocabulary)

    def word_pieces(self, word: str) -> tuple[str, ...]:
        """Split one word: the earliest merge among its neighbours comes first."""
        symbols = spell(word)
        while len(symbols) > 1:
            pairs = set(pairwise(symbols))
            best = min(pairs, key=lambda pair: self.ranks.get(pair, len(self.ranks)))
            if best not in self.ranks:
                break
            symbols = merge(symbols, best)
        return symbols

    def encode(self, text: str) -> list[int]:
        """Give the tokens of a text, with START and END; a long text is cut.

        END stays the last token, so that a cut text can be pooled there, too.
        """
        ids = [self.start_id]
        for word in split_words(text):
            if word not in self.known:
                pieces = self.word_pieces(word)
                self.known[word] = [self.vocabulary[piece] for piece in pieces]
            ids += self.known[word]
        return [*ids[: self.context_length - 1], self.end_id]

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Give (texts, tokens), int64; shorter texts are filled up with END.

        Raises:
            TypeError: one string was given instead of a list of them.
        """
        if isinstance(texts, str):
            raise TypeError(f"expected a list of texts; put {texts!r} into one")
        rows = [self.encode(text) for text in texts]
        longest = max((len(row) for row in rows), default=2)
        padded = [row + [self.end_id] * (longest - len(row)) for row in rows]
        return torch.tensor(padded, dtype=torch.int64).reshape(len(rows), longest)

    def decode(self, ids: Iterable[int]) -> str:
        """Give the text of some tokens, up to the first END."""
        pieces = []
        for number in ids:
            token = self.tokens[int(number)]
            if token == END:
                break
            pieces.append("" if token == START else token)
        codes = {symbol: byte for byte, symbol in enumerate(byte_symbols())}
        written = "".join(pieces).replace(WORD_END, " ").strip()
        encoded = b"".join(
            b" " if symbol == " " else bytes([codes[symbol]]) for symbol in written
        )
        return encoded.decode(errors="replace")

    @classmethod
    def learn(
        cls, texts: Iterable[str], merges: int, context_length: int = 77
    ) -> "Tokenizer":
        """Make a tokenizer from texts with at most so many merges."""
        return cls(learn_merges(texts, merges), context_length)

    def save(self, folder: str | Path) -> None:
        """Write `tokenizer.json` into a folder, made if it is missing."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        lines = [" ".join(pair) for pair in self.merges]
        content = {"context_length": self.context_length, "merges": lines}
        text = json.dumps(content, indent=0, ensure_ascii=False) + "\n"
        (folder / "tokenizer.json").write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path) -> "Tokenizer":
        """Read what `save` wrote.

        Raises:
            UnavailableError: there is no such file.
            ValueError: it is another kind of tokenizer.
        """
        content = read_json(folder, "tokenizer.json")
        if set(content) != {"context_length", "merges"}:
            raise ValueError(f"{folder} holds no tokenizer saved by this book")
        merges = [line.split(" ") for line in content["merges"]]
        return cls(merges, content["context_length"])

    @classmethod
    def from_pretrained(cls, name_or_path: str | Path) -> "Tokenizer":
        """Read the tokenizer of a published CLIP: `vocab.json` and `merges.txt`.

        Raises:
            UnavailableError: an OSError; the files can't be had.
        """
        vocabulary = read_json(name_or_path, "vocab.json")
        lines = find_file(name_or_path, ["merges.txt"]).read_text("utf-8").splitlines()
        merges = [line.split() for line in lines if len(line.split()) == 2]
        merges = [pair for pair in merges if not pair[0].startswith("#version")]
        return cls(merges, vocabulary=vocabulary)


def sorted_bytes() -> list[str]:
    """Give the symbols of the bytes in CLIP's order: printable ones first."""
    return sorted(byte_symbols())
