"""The small language model is GPT-2, and is called as transformers' models are."""

import pytest
import torch
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel, LlamaForCausalLM

from multimodal.frozen_language_model import (
    FrozenLanguageModel,
    batch_answers,
    batch_prompts,
    embedding_norm,
    token_positions,
)
from multimodal.hub import UnavailableError
from multimodal.language_model import (
    LanguageModel,
    LanguageModelConfig,
    visible_tokens,
)

VOCABULARY, WIDTH, END = 40, 16, 2
CASES = [
    {"n_layer": 1, "n_head": 1},
    {"n_layer": 2, "n_head": 4, "activation_function": "gelu"},
    {"n_layer": 3, "n_head": 2, "n_inner": 24, "layer_norm_epsilon": 1e-3},
]


def published_model(seed: int = 0, **options) -> GPT2LMHeadModel:
    """A small GPT-2 in which every weight, biases as well, was drawn anew."""
    torch.manual_seed(seed)
    sizes = {"vocab_size": VOCABULARY, "n_embd": WIDTH, "n_positions": 48}
    tokens = {"bos_token_id": 1, "eos_token_id": END, "pad_token_id": END}
    model = GPT2LMHeadModel(GPT2Config(**(sizes | tokens | options))).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3)
    return model


def ragged_batch(left: bool) -> tuple[Tensor, Tensor]:
    """Three texts of 9, 5 and 1 tokens, with padding on one side."""
    torch.manual_seed(3)
    ids = torch.randint(VOCABULARY, (3, 9))
    is_token = torch.arange(9) < torch.tensor([[9], [5], [1]])
    return ids, is_token.flip(1) if left else is_token


@pytest.fixture
def small() -> LanguageModel:
    """Of our own, with weights large enough to make choices of its own."""
    torch.manual_seed(0)
    config = LanguageModelConfig(VOCABULARY, 48, WIDTH, layers=2, heads=2)
    model = LanguageModel(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3)
    return model


@pytest.mark.parametrize("options", CASES)
@pytest.mark.parametrize("left", [False, True])
def test_logits_and_gradients_are_those_of_transformers(options, left):
    published = published_model(**options)
    ours = LanguageModel.from_transformers(published)
    ids, is_token = ragged_batch(left)
    inputs = {
        "attention_mask": is_token.long(),
        "position_ids": token_positions(is_token),
    }
    outputs = [model(input_ids=ids, **inputs).logits for model in (published, ours)]
    expected, found = (logits[is_token] for logits in outputs)
    assert expected.std() > 0.5  # not near zero, where everything agrees
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)

    targets = torch.randn(expected.shape, generator=torch.Generator().manual_seed(1))
    for logits in (expected, found):
        (logits.log_softmax(-1) * targets).mean().backward()
    assert_same_gradients(ours, published)


def assert_same_gradients(ours: LanguageModel, published: GPT2LMHeadModel) -> None:
    """Their layers keep matrices the other way round; the embeddings don't."""
    other = published.transformer
    pairs = [
        (ours.token_embedding.weight, other.wte.weight.grad),
        (ours.position_embedding, other.wpe.weight.grad),
        (ours.norm.weight, other.ln_f.weight.grad),
    ]
    for block, layer in zip(ours.decoder.blocks, other.h, strict=True):
        pairs += [
            (block.attention_norm.bias, layer.ln_1.bias.grad),
            (block.attention.qkv.weight, layer.attn.c_attn.weight.grad.T),
            (block.attention.qkv.bias, layer.attn.c_attn.bias.grad),
            (block.attention.project.weight, layer.attn.c_proj.weight.grad.T),
            (block.mlp_norm.weight, layer.ln_2.weight.grad),
            (block.mlp.expand.weight, layer.mlp.c_fc.weight.grad.T),
            (block.mlp.contract.weight, layer.mlp.c_proj.weight.grad.T),
        ]
    for parameter, expected in pairs:
        assert expected.abs().max() > 1e-6
        torch.testing.assert_close(parameter.grad, expected, atol=1e-6, rtol=1e-4)


def test_vectors_instead_of_tokens_and_the_last_logits_alone():
    published = published_model(n_layer=2, n_head=2)
    ours = LanguageModel.from_transformers(published)
    vectors = torch.randn(2, 7, WIDTH)
    expected = published(inputs_embeds=vectors).logits
    torch.testing.assert_close(ours(inputs_embeds=vectors).logits, expected)
    for keep in (1, 3):
        found = ours(inputs_embeds=vectors, logits_to_keep=keep).logits
        torch.testing.assert_close(found, expected[:, -keep:])


def test_no_token_sees_a_later_one(small):
    ids = torch.randint(VOCABULARY, (1, 10), generator=torch.Generator().manual_seed(1))
    vectors = small.token_embedding(ids).detach().requires_grad_()
    small(inputs_embeds=vectors).logits[0, 4].sum().backward()
    seen = vectors.grad[0].abs().amax(dim=1)
    assert seen[:5].min() > 1e-6 and seen[5:].max() == 0


def test_padding_changes_nothing_and_gives_no_nan(small):
    ids, is_token = ragged_batch(left=True)
    positions = token_positions(is_token)
    options = {"attention_mask": is_token, "position_ids": positions}
    logits = small(input_ids=ids, **options).logits
    logits.sum().backward()
    assert all(p.grad.isfinite().all() for p in small.parameters())
    for row, length in enumerate((9, 5, 1)):
        alone = small(input_ids=ids[row : row + 1, 9 - length :]).logits
        torch.testing.assert_close(logits[row, 9 - length :], alone[0])


def test_who_sees_whom():
    """Padding sees itself: some of PyTorch's kernels make NaN of a row without any."""
    seen = visible_tokens(torch.tensor([[0, 1, 1, 1], [1, 1, 1, 0]]), new=2)
    assert seen.shape == (2, 1, 2, 4)
    assert seen[0, 0].int().tolist() == [[0, 1, 1, 0], [0, 1, 1, 1]]
    assert seen[1, 0].int().tolist() == [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert visible_tokens(torch.zeros(1, 3), new=3)[0, 0].equal(torch.eye(3).bool())


@pytest.mark.parametrize("split", [1, 4, 8])
def test_a_text_can_be_read_in_parts(small, split):
    """With the cache, the second part is read as if the first were there."""
    ids, is_token = ragged_batch(left=True)
    options = {"attention_mask": is_token, "position_ids": token_positions(is_token)}
    whole = small(input_ids=ids, **options).logits
    first = small(
        input_ids=ids[:, :split],
        attention_mask=is_token[:, :split],
        position_ids=options["position_ids"][:, :split],
        use_cache=True,
    )
    cache = first.past_key_values
    assert len(cache) == split
    second = small(
        input_ids=ids[:, split:],
        attention_mask=is_token,
        position_ids=options["position_ids"][:, split:],
        past_key_values=cache,
    )
    assert len(cache) == 9
    read = torch.cat([first.logits, second.logits], dim=1)
    torch.testing.assert_close(read[is_token], whole[is_token])


def test_positions_go_on_after_the_cache(small):
    """As in transformers, a second part without numbers isn't counted from zero."""
    ids = torch.randint(VOCABULARY, (2, 8), generator=torch.Generator().manual_seed(1))
    cache = small(input_ids=ids[:, :5], use_cache=True).past_key_values
    second = small(input_ids=ids[:, 5:], past_key_values=cache).logits
    torch.testing.assert_close(second, small(input_ids=ids).logits[:, 5:])


@pytest.mark.parametrize("seed", range(4))
def test_frozen_it_writes_as_its_twin_of_transformers(seed):
    """After soft prompts, in a padded batch, with and without the cache."""
    published = published_model(seed, n_layer=2, n_head=2)
    with torch.no_grad():  # lest it writes one token for ever
        published.transformer.wpe.weight.mul_(5)
        published.transformer.ln_f.weight.add_(1)
        published.transformer.ln_f.bias.zero_()
    ours = LanguageModel.from_transformers(published)
    language = FrozenLanguageModel(ours, opening=[7, 8])
    twin = FrozenLanguageModel(published, opening=[7, 8])
    prompts = torch.randn(3, 3, WIDTH)
    ids, is_token = batch_prompts([[1, 5, 6], [1], [1, 9, 10, 11, 12]], END)
    free = twin.generate(prompts, ids, is_token, end_id=-1, longest=20)
    assert len(free.unique()) > 4
    options = {"end_id": int(free[1, 9]), "longest": 20}  # one ends early, at least
    expected = twin.generate(prompts, ids, is_token, **options)
    for use_cache in (True, False):
        written = language.generate(
            prompts, ids, is_token, **options, use_cache=use_cache
        )
        assert torch.equal(written, expected)
    assert embedding_norm(language) == pytest.approx(embedding_norm(twin))
    texts = batch_answers([[1, 9], [1, 5, 6]], [[4, 3], [8]], END, END)
    torch.testing.assert_close(
        language.loss(prompts[:2], texts), twin.loss(prompts[:2], texts)
    )


def test_the_cache_spares_reading_again(small):
    read = []
    small.decoder.register_forward_pre_hook(
        lambda decoder, inputs: read.append(inputs[0].shape[1])
    )
    language = FrozenLanguageModel(small)
    ids, is_token = batch_prompts([[1, 5]], END)
    language.generate(torch.randn(1, 3, WIDTH), ids, is_token, -1, 4)
    assert read == [5, 1, 1, 1]


def test_rows_of_the_cache_can_be_exchanged(small):
    """A search with beams goes on from some rows and drops others."""
    ids = torch.randint(VOCABULARY, (3, 6), generator=torch.Generator().manual_seed(1))
    rows = torch.tensor([2, 2, 0])
    cache = small(input_ids=ids[:, :5], use_cache=True).past_key_values
    cache.reorder_cache(rows)
    found = small(input_ids=ids[rows, 5:], past_key_values=cache).logits
    torch.testing.assert_close(found, small(input_ids=ids[rows]).logits[:, 5:])


def test_what_precedes_several_texts_is_read_once_for_them(small):
    torch.manual_seed(5)
    language = FrozenLanguageModel(small, opening=[1])
    prompts, answers = [[3, 4], [5], [], [6]], [[7], [8, 9, 10], [11, 12], [13]]
    texts = batch_answers(prompts, answers, END, END)
    results = []
    for shared in (True, False):
        soft_prompts = torch.randn(2, 3, WIDTH, generator=torch.Generator())
        soft_prompts.requires_grad_()
        if shared:
            loss = language.shared_loss(soft_prompts, texts)
        else:
            loss = language.loss(soft_prompts.repeat_interleave(2, dim=0), texts)
        loss.backward()
        results.append((loss, soft_prompts.grad))
    for one, other in zip(*results, strict=True):
        assert torch.allclose(one, other, atol=1e-6)
    assert results[0][1].abs().max() > 1e-3


def test_it_starts_as_gpt2_does():
    config = LanguageModelConfig(500, 64, width=128, layers=8, heads=4)
    torch.manual_seed(0)
    model = LanguageModel(config)
    block = model.decoder.blocks[3]
    stds = {
        model.token_embedding.weight: 0.02,
        model.position_embedding: 0.02,
        block.attention.qkv.weight: 0.02,
        block.mlp.expand.weight: 0.02,
        block.attention.project.weight: 0.005,  # 0.02 / sqrt(16)
        block.mlp.contract.weight: 0.005,
    }
    for weight, std in stds.items():
        assert weight.std().item() == pytest.approx(std, rel=0.05)
    assert block.attention.qkv.bias.abs().max() == 0
    assert (block.attention_norm.weight == 1).all()


def test_what_is_saved_is_loaded(small, tmp_path):
    small.save(tmp_path)
    loaded = LanguageModel.load(tmp_path)
    ids, _ = ragged_batch(left=False)
    assert torch.equal(loaded(input_ids=ids).logits, small(input_ids=ids).logits)
    assert not loaded.training and loaded.config == small.config


def test_published_files_are_read(hub_cache, tmp_path):
    """Those of the hub; they lack the prefix that files of today have."""
    published = published_model(n_layer=2, n_head=2)
    published.transformer.save_pretrained(tmp_path / "gpt2")
    hub_cache("openai-community/gpt2", tmp_path / "gpt2")
    ids, _ = ragged_batch(left=False)
    model = LanguageModel.from_pretrained("openai-community/gpt2")
    expected = published(input_ids=ids).logits
    torch.testing.assert_close(model(input_ids=ids).logits, expected)
    with pytest.raises(UnavailableError, match="distilgpt2"):
        LanguageModel.from_pretrained("distilbert/distilgpt2")


def test_other_models_are_refused_with_a_reason():
    with pytest.raises(TypeError, match="GPT2LMHeadModel"):
        LanguageModel.from_transformers(LlamaForCausalLM)
    for option in ("scale_attn_by_inverse_layer_idx", "add_cross_attention"):
        with pytest.raises(ValueError, match=option):
            LanguageModel.from_transformers(published_model(n_head=2, **{option: True}))
    with pytest.raises(ValueError, match="relu"):
        LanguageModel.from_transformers(
            published_model(n_head=2, activation_function="relu")
        )


def test_a_text_that_is_too_long_is_refused(small):
    ids = torch.zeros(1, 48, dtype=torch.int64)
    small(input_ids=ids)
    with pytest.raises(ValueError, match="48 tokens"):
        small(input_ids=torch.zeros(1, 49, dtype=torch.int64))
