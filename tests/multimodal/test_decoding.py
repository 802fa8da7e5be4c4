"""Beams and nuclei choose as transformers does, and as trying everything does."""

import itertools
from collections import Counter

import pytest
import torch
from scipy.stats import chisquare
from test_frozen_language_model import small_llama, small_opt
from torch import Tensor
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    TemperatureLogitsWarper,
    TopPLogitsWarper,
)

from multimodal.decoding import BeamSearch, beam_search, nucleus, sample
from multimodal.frozen_language_model import FrozenLanguageModel, batch_prompts
from multimodal.language_model import LanguageModel

WIDTH, VOCABULARY, PADDING = 16, 40, 2
PROMPTS = [[1, 5, 6], [1], [1, 9, 10, 11, 12]]
OPENING = [7, 8]


def small_gpt2(seed: int = 0) -> GPT2LMHeadModel:
    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=VOCABULARY,
        n_embd=WIDTH,
        n_positions=64,
        n_layer=2,
        n_head=2,
        initializer_range=0.3,
        bos_token_id=1,
        eos_token_id=PADDING,
    )
    return GPT2LMHeadModel(config).eval()


def frozen(make, seed: int) -> FrozenLanguageModel:
    return FrozenLanguageModel(make(seed), OPENING)


def soft_prompts(rows: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, 3, WIDTH, generator=generator)


def some_end(language, vectors: Tensor, prompt) -> int:
    """A token that texts with beams really write, so that they end at many lengths."""
    free = beam_search(language, vectors, *prompt, end_id=-1, longest=12, beams=3)
    return int(free[1, 5])


def assert_beams_equal(language, published, seed: int) -> None:
    """Compare with `generate` of transformers: every rule, ends of many lengths."""
    vectors, prompt = soft_prompts(3, seed), batch_prompts(PROMPTS, PADDING)
    end = some_end(language, vectors, prompt)
    beams, length_penalty = 1 + seed % 5, [1.0, 0.0, 2.0, -1.0][seed % 4]
    options = {"longest": 12, "beams": beams, "length_penalty": length_penalty}
    found = beam_search(language, vectors, *prompt, end, **options)
    expected = published.model.generate(
        **published.join(vectors, *prompt),
        max_new_tokens=12,
        num_beams=beams,
        length_penalty=length_penalty,
        do_sample=False,
        eos_token_id=end,
        pad_token_id=end,
    )
    assert torch.equal(found, expected)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("make", [small_llama, small_opt])
def test_beams_write_what_transformers_writes(make, seed):
    language = frozen(make, seed)
    assert_beams_equal(language, language, seed)


@pytest.mark.parametrize("seed", range(20))
def test_beams_of_our_own_model_write_what_transformers_writes_with_gpt2(seed):
    published = small_gpt2(seed)
    language = FrozenLanguageModel(LanguageModel.from_transformers(published), OPENING)
    assert_beams_equal(language, FrozenLanguageModel(published, OPENING), seed)


def test_the_seeds_above_try_texts_of_many_lengths():
    """Otherwise END, the penalty and the early stop would not have been compared."""
    lengths = Counter()
    for seed in range(10):
        language, vectors = frozen(small_llama, seed), soft_prompts(3, seed)
        prompt = batch_prompts(PROMPTS, PADDING)
        end = some_end(language, vectors, prompt)
        found = beam_search(language, vectors, *prompt, end, longest=12, beams=4)
        lengths.update((found != end).sum(dim=1).tolist())
    assert len(lengths) >= 6 and lengths[12] < 20, lengths  # of 30 texts


@pytest.mark.parametrize("make", [small_llama, small_opt])
@pytest.mark.parametrize("beams", [1, 3])
def test_a_text_is_the_same_alone_and_in_a_batch(make, beams):
    """Whoever captions a folder gets for each picture what it would get alone."""
    language, vectors = frozen(make, 3), soft_prompts(3, 3)
    end = some_end(language, vectors, batch_prompts(PROMPTS, PADDING))
    options = {"end_id": end, "longest": 12, "beams": beams}
    together = beam_search(
        language, vectors, *batch_prompts(PROMPTS, PADDING), **options
    )
    for row, prompt in enumerate(PROMPTS):
        alone = batch_prompts([prompt], PADDING)
        one = beam_search(language, vectors[row : row + 1], *alone, **options)[0]
        assert torch.equal(together[row, : len(one)], one)
        assert (together[row, len(one) :] == end).all()


@pytest.mark.parametrize("seed", range(5))
def test_one_beam_is_the_likeliest_token_each_time(seed):
    language, vectors = frozen(small_llama, seed), soft_prompts(3, seed)
    prompt = batch_prompts(PROMPTS, PADDING)
    end = int(language.generate(vectors, *prompt, end_id=-1, longest=9)[1, 4])
    greedy = language.generate(vectors, *prompt, end_id=end, longest=9)
    found = beam_search(language, vectors, *prompt, end, longest=9, beams=1)
    assert torch.equal(found, greedy)


class Table:
    """Stands for a language model: the logits of what follows each beginning."""

    def __init__(self, seed: int, vocabulary: int, sharpness: float = 2.0):
        self.generator = torch.Generator().manual_seed(seed)
        self.vocabulary, self.sharpness = vocabulary, sharpness
        self.rows: dict[tuple[int, ...], Tensor] = {}

    def logits(self, beginnings: list[tuple[int, ...]]) -> Tensor:
        for beginning in beginnings:
            if beginning not in self.rows:
                row = torch.randn(self.vocabulary, generator=self.generator)
                self.rows[beginning] = self.sharpness * row
        return torch.stack([self.rows[beginning] for beginning in beginnings])

    def score(self, text: tuple[int, ...], end: int, length_penalty: float) -> float:
        """Of a text up to its END: the sum of logarithms over its scaled length."""
        total, length = 0.0, 0
        for place, token in enumerate(text):
            logs = self.logits([text[:place]])[0].double().log_softmax(-1)
            total, length = total + logs[token].item(), length + 1
            if token == end:
                break
        return total / length**length_penalty

    def search(self, end: int, longest: int, beams: int, length_penalty=0.0) -> tuple:
        search = BeamSearch(
            torch.zeros(1, 1), end, longest, beams, length_penalty=length_penalty
        )
        while search.hopeful.any():
            beginnings = [tuple(text) for text in search.running.ids[0].tolist()]
            search.step(self.logits(beginnings))
        text = tuple(search.best_ids()[0].tolist())
        score = search.finished.scores[0, 0].item()
        assert score == pytest.approx(self.score(text, end, length_penalty), abs=1e-4)
        return text


@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
@pytest.mark.parametrize("seed", range(10))
def test_enough_beams_find_the_best_of_all_texts(seed, length_penalty):
    """With room for every beginning, nothing can be missed."""
    vocabulary, end, longest = 4, 3, 4
    table = Table(seed, vocabulary)
    best = max(
        table.score(text, end, length_penalty)
        for text in itertools.product(range(vocabulary), repeat=longest)
    )
    beams = vocabulary**longest
    found = table.search(end, longest, beams, length_penalty)
    assert table.score(found, end, length_penalty) == pytest.approx(best, abs=1e-5)


@pytest.mark.parametrize("seed", range(10))
def test_a_few_beams_never_do_better_than_trying_everything(seed):
    vocabulary, end, longest = 4, 3, 4
    table = Table(seed, vocabulary)
    texts = itertools.product(range(vocabulary), repeat=longest)
    best = max(table.score(text, end, 0.0) for text in texts)
    for beams in (1, 2, 3):
        found = table.search(end, longest, beams)
        assert table.score(found, end, 0.0) <= best + 1e-5


def test_more_beams_mostly_find_a_likelier_text_or_the_same():
    scores = []
    for seed in range(60):
        table = Table(seed, vocabulary=6)
        texts = [table.search(5, 6, beams) for beams in (1, 2, 4)]
        scores.append([table.score(text, 5, 0.0) for text in texts])
    one, two, four = torch.tensor(scores).T
    assert two.mean() > one.mean() + 0.05 and four.mean() > two.mean()
    for more in (two, four):
        assert (more > one + 1e-4).sum() >= 15
        assert (more < one - 1e-4).sum() <= 2


def test_more_beams_can_find_less():
    """By hand, for whoever believes it a law: the text of one beam drops out of two."""
    table = Table(0, vocabulary=6)
    rows = {
        (): [0.5, 0.4, 0, 0, 0, 0.1],
        (0,): [0.26, 0.25, 0.25, 0.24, 0, 0],
        (0, 0): [0, 0, 0, 0, 0, 1],  # 0.5 * 0.26 = 0.13, found by one beam
        (1,): [0.5, 0.5, 0, 0, 0, 0],  # two beginnings of 0.2, which fill two beams
        (1, 0): [0.2, 0.2, 0.2, 0.2, 0.2, 0],
        (1, 1): [0.2, 0.2, 0.2, 0.2, 0.2, 0],
    }
    table.rows = {text: torch.tensor(row).log() for text, row in rows.items()}
    assert table.search(5, 3, beams=1) == (0, 0, 5)
    assert table.search(5, 3, beams=2)[0] == 1
    assert table.search(5, 3, beams=3) == (0, 0, 5)


def test_the_penalty_makes_long_texts_win():
    """By hand: 'stop now' has log 0.4, 'go on and stop' log 0.6 + log 0.6."""
    table, end = Table(0, vocabulary=2), 1
    table.rows = {
        (): torch.tensor([0.6, 0.4]).log(),
        (0,): torch.tensor([0.4, 0.6]).log(),
    }
    assert table.search(end, 2, 2, length_penalty=0.0) == (end,)  # 0.4 > 0.36
    assert table.search(end, 2, 2, length_penalty=1.0) == (0, end)


def test_a_prompt_is_read_once_for_all_beams():
    """Reading is what takes memory and time: beams share it, and go on from a cache."""
    language, read = frozen(small_llama, 0), []
    language.model.register_forward_pre_hook(
        lambda model, inputs, named: read.append(tuple(named["inputs_embeds"].shape)),
        with_kwargs=True,
    )
    prompt = batch_prompts(PROMPTS, PADDING)
    beam_search(language, soft_prompts(3, 0), *prompt, end_id=-1, longest=3, beams=4)
    # the opening, of two tokens, is read once even for all prompts
    assert read == [(1, 2, WIDTH), (3, 8, WIDTH), (12, 1, WIDTH), (12, 1, WIDTH)]


@pytest.mark.parametrize("wrong", [{"beams": 0}, {"beams": 2, "longest": 0}])
def test_a_search_without_beams_or_tokens_is_refused(wrong):
    language, prompt = frozen(small_llama, 0), batch_prompts(PROMPTS, PADDING)
    with pytest.raises(ValueError, match="needs a beam and a token"):
        options = {"end_id": 2, "longest": 5} | wrong
        beam_search(language, soft_prompts(3, 0), *prompt, **options)


@pytest.mark.parametrize("top_p", [1e-6, 0.1, 0.5, 0.9, 0.95, 1.0])
def test_a_nucleus_is_that_of_transformers(top_p):
    generator = torch.Generator().manual_seed(0)
    for spread in (0.1, 1.0, 5.0):
        logits = spread * torch.randn(50, 1000, generator=generator)
        expected = TopPLogitsWarper(top_p)(None, logits)
        assert torch.equal(nucleus(logits, top_p), expected)
    if top_p == 1.0:
        assert torch.equal(expected, logits)  # nothing is left out


def test_a_nucleus_is_the_fewest_tokens_that_reach_p():
    logits = torch.tensor([[0.1, 0.4, 0.2, 0.3]]).log()
    for top_p, kept in ((0.35, [1]), (0.45, [1, 3]), (0.75, [1, 2, 3])):
        assert nucleus(logits, top_p).isfinite()[0].nonzero().flatten().tolist() == kept


@pytest.mark.parametrize(
    "name, wrong", [("top_p", 0), ("top_p", 2), ("temperature", 0)]
)
def test_impossible_settings_are_refused(name, wrong):
    language, prompt = frozen(small_llama, 0), batch_prompts(PROMPTS, PADDING)
    with pytest.raises(ValueError, match=f"{name}.* not {wrong}"):
        options = {"end_id": 2, "longest": 5, name: wrong}
        sample(language, soft_prompts(3, 0), *prompt, **options)


@pytest.mark.parametrize("top_p, temperature", [(1.0, 1.0), (0.7, 1.0), (0.9, 0.5)])
def test_texts_are_drawn_as_often_as_they_should_be(top_p, temperature):
    """Two tokens, 4,000 times, against the product of what transformers would allow."""
    language, vectors = frozen(small_llama, 1), soft_prompts(1, 1)
    ids, is_token = batch_prompts([[1, 5]], PADDING)

    def chances(beginning: list[int]) -> Tensor:
        row = torch.cat([ids, torch.tensor([beginning], dtype=torch.int64)], dim=1)
        logits = language(vectors, row, torch.ones_like(row), keep=1)[:, -1]
        logits = TemperatureLogitsWarper(temperature)(None, logits)
        return TopPLogitsWarper(top_p)(None, logits).softmax(-1)[0].double()

    first, draws = chances([]), 4000
    end = int(first.argmax())
    expected = {(end, end): first[end].item()}  # filled up
    for token in first.nonzero().flatten().tolist():
        if token != end:
            for after, chance in enumerate(chances([token]).tolist()):
                expected[token, after] = first[token].item() * chance
    assert sum(expected.values()) == pytest.approx(1)
    many = [part.expand(draws, *part.shape[1:]) for part in (vectors, ids, is_token)]
    options = {"top_p": top_p, "temperature": temperature}
    generator = torch.Generator().manual_seed(0)
    drawn = sample(language, *many, end, longest=2, generator=generator, **options)
    counts = Counter(tuple(text) for text in drawn.tolist())
    assert all(expected[text] > 0 for text in counts)  # none from outside the nucleus
    common = [text for text, chance in expected.items() if draws * chance >= 5]
    observed = [counts[text] for text in common]
    ideal = [draws * expected[text] for text in common]
    if sum(ideal) < draws - 1:  # the rare ones together
        observed.append(draws - sum(observed))
        ideal.append(draws - sum(ideal))
    assert len(observed) > 5
    assert chisquare(observed, ideal, sum_check=False).pvalue > 1e-3


def test_drawn_texts_end_at_their_end_and_come_again_with_the_seed():
    language, vectors = frozen(small_opt, 2), soft_prompts(3, 2)
    prompt = batch_prompts(PROMPTS, PADDING)

    def drawn(seed: int, **options) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        options = {"longest": 12, "generator": generator} | options
        return sample(language, vectors, *prompt, **options)

    free = drawn(0, end_id=-1)
    assert free.shape == (3, 12)
    assert torch.equal(free, drawn(0, end_id=-1))
    assert not torch.equal(free, drawn(1, end_id=-1))
    end = int(free[0, 3])
    found = drawn(0, end_id=end)
    first = free[0].tolist().index(end)
    assert found[0, : first + 1].tolist() == free[0, : first + 1].tolist()
    assert (found[0, first:] == end).all()


def test_a_tiny_nucleus_is_the_likeliest_token_each_time():
    language, vectors = frozen(small_llama, 4), soft_prompts(3, 4)
    prompt = batch_prompts(PROMPTS, PADDING)
    greedy = language.generate(vectors, *prompt, end_id=-1, longest=9)
    for options in ({"top_p": 1e-6}, {"temperature": 1e-4}):
        found = sample(language, vectors, *prompt, end_id=-1, longest=9, **options)
        assert torch.equal(found, greedy)
