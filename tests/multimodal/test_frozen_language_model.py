"""Soft prompts before the text of a language model that nothing changes."""

import pytest
import torch
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM, OPTConfig, OPTForCausalLM

from multimodal.blip2_losses import IGNORED
from multimodal.frozen_language_model import (
    FrozenLanguageModel,
    batch_answers,
    batch_prompts,
    embedding_norm,
)

WIDTH, VOCABULARY, END, PADDING = 16, 40, 2, 2  # END and padding are the same token


def small_llama(seed: int = 0) -> LlamaForCausalLM:
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=WIDTH,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=64,
        initializer_range=0.3,
    )
    return LlamaForCausalLM(config)


def small_opt(seed: int = 0) -> OPTForCausalLM:
    """An OPT whose training drops numbers, and whose embeddings are narrower."""
    torch.manual_seed(seed)
    config = OPTConfig(
        vocab_size=VOCABULARY,
        hidden_size=24,
        word_embed_proj_dim=WIDTH,
        ffn_dim=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=64,
        dropout=0.5,
        init_std=0.3,
    )
    return OPTForCausalLM(config)


@pytest.fixture(params=[small_llama, small_opt])
def language(request) -> FrozenLanguageModel:
    return FrozenLanguageModel(request.param(), opening=[7, 8])


def soft_prompts(rows: int) -> Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.randn(rows, 3, WIDTH, generator=generator)


def texts():
    return batch_answers([[1, 9], [1, 5, 6]], [[4, 3], [8]], END, PADDING)


def test_the_end_is_learned_and_padding_is_not_though_they_are_one_token():
    ids, is_token, labels = texts()
    assert ids.tolist() == [[1, 9, 4, 3, END], [1, 5, 6, 8, END]]
    ids, is_token, labels = batch_answers([[1], [1, 5]], [[4, 3, 6], []], END, PADDING)
    assert ids.tolist() == [[1, 4, 3, 6, END], [1, 5, END, PADDING, PADDING]]
    assert is_token.int().tolist() == [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]
    no = IGNORED
    assert labels.tolist() == [[no, 4, 3, 6, END], [no, no, END, no, no]]


def test_prompts_end_where_writing_begins():
    ids, is_token = batch_prompts([[1, 5, 6], [1]], PADDING)
    assert ids.tolist() == [[1, 5, 6], [PADDING, PADDING, 1]]
    assert is_token.int().tolist() == [[1, 1, 1], [0, 0, 1]]
    empty, _ = batch_prompts([[], []], PADDING)
    assert empty.shape == (2, 0) and empty.dtype == torch.int64


def test_logits_are_those_of_the_whole_row(language):
    """Opening, soft prompts and text, put in a row by hand, one text at a time."""
    prompts, (ids, is_token, _) = soft_prompts(2), texts()
    is_token = is_token.clone()
    is_token[0, 3:] = False
    found = language(prompts, ids, is_token)
    table = language.model.get_input_embeddings().weight
    for text, length in ((0, 3), (1, 5)):
        row = [table[7], table[8], *prompts[text], *(table[i] for i in ids[text])]
        row = torch.stack(row)[None, : 5 + length]
        expected = language.model(inputs_embeds=row).logits[0]
        torch.testing.assert_close(found[text, : 5 + length], expected)
    last = language(prompts, ids, is_token, keep=2)
    torch.testing.assert_close(last, found[:, -2:])


def test_an_opening_is_read_once_for_all(language):
    """Also when it was first read where no gradient can be had."""
    prompts, (ids, is_token, _) = soft_prompts(2), texts()
    tokens, mask = language.join(prompts, ids, is_token).values()
    with torch.inference_mode():
        expected = language.read(tokens, mask, keep=3).logits
        language.read(tokens, mask, keep=3, use_cache=True)
    seen = []
    model = language.model
    handle = model.register_forward_pre_hook(
        lambda module, given, options: seen.append(options["inputs_embeds"].shape),
        with_kwargs=True,
    )
    for _ in range(2):  # what was kept isn't changed by going on from it
        again = prompts.clone().requires_grad_()
        tokens, mask = language.join(again, ids, is_token).values()
        found = language.read(tokens, mask, keep=3, use_cache=True)
        torch.testing.assert_close(found.logits, expected, atol=1e-4, rtol=1e-4)
        found.logits.square().sum().backward()
        whole = prompts.clone().requires_grad_()
        tokens, mask = language.join(whole, ids, is_token).values()
        language.read(tokens, mask, keep=3).logits.square().sum().backward()
        torch.testing.assert_close(again.grad, whole.grad, atol=1e-4, rtol=1e-4)
    handle.remove()
    assert [shape[1] for shape in seen] == [8, 10, 8, 10]  # without the opening, with
    language.double()  # what was kept is of another kind now
    tokens, mask = language.join(prompts.double(), ids, is_token).values()
    assert language.read(tokens, mask, use_cache=True).logits.dtype == torch.float64


def test_the_loss_counts_answers_alone(language):
    prompts, batch = soft_prompts(2), texts()
    logs = language(prompts, batch.ids, batch.is_token).log_softmax(-1)
    losses = []
    for text in range(2):
        for place in range(batch.ids.shape[1]):
            if batch.labels[text, place] != IGNORED:
                # 2 of the opening and 3 soft prompts come before
                losses.append(-logs[text, 5 + place - 1, batch.ids[text, place]])
    assert len(losses) == 5
    expected = torch.stack(losses).mean()
    torch.testing.assert_close(language.loss(prompts, batch), expected)


def test_the_last_soft_prompt_foretells_an_answer_without_a_prompt(language):
    prompts = soft_prompts(1)
    batch = batch_answers([[]], [[4]], END, PADDING)
    logs = language(prompts, batch.ids, batch.is_token).log_softmax(-1)[0]
    expected = -(logs[4, 4] + logs[5, END]) / 2
    torch.testing.assert_close(language.loss(prompts, batch), expected)


def test_gradients_pass_through_it_and_leave_it_alone(language):
    prompts = soft_prompts(2).requires_grad_()
    language.train()
    assert not any(module.training for module in language.modules())
    before = {k: v.clone() for k, v in language.model.state_dict().items()}
    loss = language.loss(prompts, texts())
    loss.backward()
    assert prompts.grad.abs().amax(dim=-1).min() > 1e-6
    assert all(parameter.grad is None for parameter in language.parameters())
    assert torch.equal(language.loss(prompts, texts()), loss)  # nothing is dropped
    with torch.no_grad():
        changed = prompts - 0.1 * prompts.grad
        assert language.loss(changed, texts()) < loss
    for name, value in language.model.state_dict().items():
        assert torch.equal(value, before[name])


@pytest.mark.parametrize("seed", range(5))
def test_cached_uncached_and_transformers_write_the_same(language, seed):
    generator = torch.Generator().manual_seed(seed)
    prompts = torch.randn(3, 3, WIDTH, generator=generator)
    rows = [[1, 5 + seed, 6], [1], [1, 9, 10, 11, 12]]
    ids, is_token = batch_prompts(rows, PADDING)
    free = language.generate(prompts, ids, is_token, end_id=-1, longest=12)
    assert free.shape == (3, 12)
    end = int(free[1, 4])  # so that one text, at least, ends early
    options = {"end_id": end, "longest": 12}
    cached = language.generate(prompts, ids, is_token, **options)
    uncached = language.generate(prompts, ids, is_token, **options, use_cache=False)
    assert torch.equal(cached, uncached)
    published = language.model.generate(
        **language.join(prompts, ids, is_token),
        max_new_tokens=12,
        do_sample=False,
        eos_token_id=end,
        pad_token_id=end,
    )
    assert torch.equal(cached, published)
    for row, prompt in enumerate(rows):  # one at a time, without padding
        one = language.generate(
            prompts[row : row + 1], *batch_prompts([prompt], PADDING), **options
        )[0]
        assert torch.equal(cached[row, : len(one)], one)
        assert (cached[row, len(one) :] == end).all()


def test_the_cache_spares_reading_again(language):
    read = []
    language.model.register_forward_pre_hook(
        lambda model, inputs, named: read.append(named["inputs_embeds"].shape[1]),
        with_kwargs=True,
    )
    ids, is_token = batch_prompts([[1, 5]], PADDING)
    # the opening, of two tokens, has its own cache
    for use_cache, expected in ((True, [2, 5, 1, 1, 1]), (False, [7, 8, 9, 10])):
        read.clear()
        language.generate(soft_prompts(1), ids, is_token, -1, 4, use_cache)
        assert read == expected


def test_the_norm_of_embeddings_is_their_mean_length(language):
    table = language.model.get_input_embeddings().weight
    expected = sum(row.norm().item() for row in table) / VOCABULARY
    assert embedding_norm(language) == pytest.approx(expected, rel=1e-5)
    assert language.width == WIDTH


@pytest.mark.parametrize("request_ids", [[], [9, 3]])
@pytest.mark.parametrize("each", [1, 3])
@pytest.mark.parametrize("opening", [0, 2, 33])  # with a long one, images share rows
def test_a_prefix_read_once_gives_loss_and_gradients_of_one_read_for_each_text(
    language, each, request_ids, opening
):
    """Whoever trains with several texts an image gets what he would get one by one."""
    language = FrozenLanguageModel(language.model.double(), range(3, 3 + opening))
    images, rng = 4, torch.Generator().manual_seed(each)
    lengths = [1 + n % 4 for n in range(images * each)]
    answers = [torch.randint(3, 40, (n,), generator=rng).tolist() for n in lengths]
    prompts = [torch.randint(3, 40, (n % 3,), generator=rng).tolist() for n in lengths]
    losses, gradients = [], []
    for shared in (True, False):
        vectors = soft_prompts(images).double().requires_grad_()
        if shared:
            batch = batch_answers(prompts, answers, END, PADDING)
            loss = language.shared_loss(vectors, batch, request_ids)
        else:
            whole = [[*request_ids, *prompt] for prompt in prompts]
            batch = batch_answers(whole, answers, END, PADDING)
            loss = language.loss(vectors.repeat_interleave(each, dim=0), batch)
        loss.backward()
        losses.append(loss.item())
        gradients.append(vectors.grad)
    assert losses[0] == pytest.approx(losses[1], abs=1e-6)
    torch.testing.assert_close(
        gradients[0], gradients[1], atol=1e-6, rtol=0
    )  # Llama normalises in fp32
    assert gradients[1].abs().max() > 1e-3
