"""The last page of chapter 6: the published BLIP-2 from a cache, or a sentence."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from myst_nb.core.read import read_myst_markdown_notebook
from tokenizers import ByteLevelBPETokenizer
from torch import nn
from transformers import (
    Blip2Config,
    Blip2ForConditionalGeneration,
    Blip2Processor,
    GPT2Tokenizer,
)
from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

from book.extension.quote import expand
from multimodal.photographs import photograph

ROOT = Path(__file__).parents[2]
PAGE = "06d-published.md"
NAME = "Salesforce/blip2-opt-2.7b"
PROMPTS = 4


def save_tiny_blip2(folder: Path) -> tuple[nn.Module, Blip2Processor]:
    """Write a small BLIP-2 with random weights, as the hub would hold it.

    It stops at another token than its tokenizer's END, as the published one does at a
    new line; here it is one that a caption has.
    """
    letters = ByteLevelBPETokenizer()
    words = ["Question: Write down what you see in this picture. Answer: a rocket.\n"]
    specials = ["<s>", "<pad>", "</s>", "<unk>"]
    letters.train_from_iterator(words, 290, special_tokens=specials)
    learned = json.loads(letters.to_str())["model"]
    tokenizer = GPT2Tokenizer(
        vocab=learned["vocab"],
        merges=[tuple(pair) for pair in learned["merges"]],
        bos_token="</s>",
        eos_token="</s>",
        unk_token="</s>",
        pad_token="<pad>",
        add_bos_token=True,
    )
    tokenizer.save_pretrained(folder)
    BlipImageProcessorPil(size={"height": 224, "width": 224}).save_pretrained(folder)
    images = BlipImageProcessorPil.from_pretrained(folder)
    processor = Blip2Processor(images, tokenizer, num_query_tokens=PROMPTS)
    torch.manual_seed(0)
    small = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
    text = {"model_type": "opt", "ffn_dim": 64, "word_embed_proj_dim": 32}
    text |= {"vocab_size": len(tokenizer) + 1, "eos_token_id": 2}
    model = Blip2ForConditionalGeneration(
        Blip2Config(
            vision_config=small | {"intermediate_size": 64, "patch_size": 56},
            qformer_config=small | {"intermediate_size": 64},
            text_config=small | text,
            num_query_tokens=PROMPTS,
            image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        )
    ).eval()
    for name, parameter in model.named_parameters():  # or all images would be alike
        is_scale = "norm" in name.lower() and name.endswith("weight")
        nn.init.normal_(parameter, float(is_scale), std=0.3)
    pixels = images(photograph("coffee"), return_tensors="pt")["pixel_values"]
    options = {"max_new_tokens": 30, "do_sample": False, "eos_token_id": None}
    written = model.generate(pixels, **options)[0].tolist()[PROMPTS + 1 :]
    stop = list(dict.fromkeys(written))[3]  # not at once
    model.config.text_config.eos_token_id = stop
    model.language_model.generation_config.eos_token_id = stop
    model.save_pretrained(folder)
    return model, processor


def written_by_transformers(model: nn.Module, processor: Blip2Processor, image, text):
    """What their processor and `generate` make of an image and a prompt, if any."""
    inputs = processor(image, text, return_tensors="pt")
    options = {"max_new_tokens": 30, "do_sample": False}
    written = model.generate(**inputs, **options)[0].tolist()
    start = inputs["input_ids"].shape[1] if text else PROMPTS + 1
    written = written[start:]
    assert len(set(written)) > 1  # it doesn't say the same all along
    stop = model.config.text_config.eos_token_id
    written = written[: written.index(stop)] if stop in written else written
    return processor.decode(written, skip_special_tokens=True).strip()


@pytest.fixture
def show_page(monkeypatch):
    """Run the cells of the page up to the conversation; it gives their names."""
    plt.switch_backend("agg")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    text = (ROOT / "chapters" / PAGE).read_text(encoding="utf-8")
    cells = read_myst_markdown_notebook(expand(text, ROOT, PAGE)).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    last = next(n for n, cell in enumerate(code) if "talk.ask" in cell.source)
    hidden = {"remove-cell"}  # what they assert is about the real one's size

    def show() -> dict:
        names = {"__name__": "page"}
        for cell in code[: last + 1]:
            if not hidden & set(cell.metadata.get("tags", [])):
                exec(compile(cell.source, PAGE, "exec"), names)
        return names

    yield show
    plt.close("all")


def test_from_a_cache_the_page_writes_what_transformers_writes(
    hub_cache, tmp_path, capsys, show_page
):
    model, processor = save_tiny_blip2(tmp_path / "tiny")
    hub_cache(NAME, tmp_path / "tiny")
    names = show_page()
    printed = capsys.readouterr().out
    assert "sizes: from the published file" in printed
    said = f"Pretrained model: {NAME}; in single precision on 'cpu' it needs"
    assert said in " ".join(printed.split())
    expected = {
        name: written_by_transformers(model, processor, photograph(name), None)
        for name in ("coffee", "cat", "rocket")
    }
    assert len(set(expected.values())) == 3
    pixels = processor.image_processor(photograph("coffee"), return_tensors="pt")
    row = model.generate(pixels["pixel_values"], max_new_tokens=30, do_sample=False)
    assert row.shape[1] < PROMPTS + 1 + 30  # it stopped
    for name, caption in expected.items():
        assert names["blip2"].caption(photograph(name)) == caption
        assert f"{name:8} {caption}\n" in printed
    blot = written_by_transformers(model, processor, names["blot"], None)
    assert f"ink blot: {blot}\n" in printed
    first, second = names["first"], names["second"]
    rocket = photograph("rocket")
    prompt = f"Question: {first} Answer:"
    answer = written_by_transformers(model, processor, rocket, prompt)
    follow_up = f"{prompt} {answer}. Question: {second} Answer:"
    later = written_by_transformers(model, processor, rocket, follow_up)
    alone = f"Question: {second} Answer:"
    assert later != written_by_transformers(model, processor, rocket, alone)
    assert names["talk"].history == ((first, answer), (second, later))


def test_without_a_cache_there_is_a_note(hub_cache, capsys, show_page):
    names = show_page()
    printed = capsys.readouterr().out
    assert names["blip2"] is None
    assert "sizes: as written down above" in printed
    assert "neither in the cache" in printed and "Run this cell" in printed
    assert "ink blot" not in printed


def test_what_does_not_fit_is_not_loaded(
    hub_cache, tmp_path, capsys, show_page, monkeypatch
):
    save_tiny_blip2(tmp_path / "tiny")
    hub_cache(NAME, tmp_path / "tiny")

    def never(*args, **options):
        raise AssertionError("nothing may be loaded")

    monkeypatch.setattr(Blip2ForConditionalGeneration, "from_pretrained", never)

    class Machine:
        available = 300_000_000

    monkeypatch.setattr("psutil.virtual_memory", Machine)
    names = show_page()
    printed = " ".join(capsys.readouterr().out.split())
    assert names["blip2"] is None
    assert (
        f"{NAME} doesn't fit, so nothing was loaded: in single precision on 'cpu' it "
        "needs 0.5 GB of memory (0.3 GB are free); close other programs"
    ) in printed


@pytest.mark.parametrize(
    "missing",
    ["tokenizer.json", "model.safetensors", "preprocessor_config.json"],
)
def test_an_incomplete_cache_is_no_traceback(
    hub_cache, tmp_path, capsys, show_page, missing
):
    save_tiny_blip2(tmp_path / "tiny")
    (tmp_path / "tiny" / missing).unlink()
    hub_cache(NAME, tmp_path / "tiny")
    names = show_page()
    printed = " ".join(capsys.readouterr().out.split())
    assert names["blip2"] is None
    assert f"{NAME} can't be loaded" in printed
    assert "Nothing else on this page needs it." in printed


def test_broken_weights_are_no_traceback(hub_cache, tmp_path, capsys, show_page):
    save_tiny_blip2(tmp_path / "tiny")
    (tmp_path / "tiny" / "model.safetensors").write_bytes(b"half a download")
    hub_cache(NAME, tmp_path / "tiny")
    assert show_page()["blip2"] is None
    assert "can't be loaded" in " ".join(capsys.readouterr().out.split())


def test_the_ink_blot_is_mirrored_and_neither_empty_nor_full(hub_cache, show_page):
    blot = show_page()["blot"]
    pixels = np.asarray(blot.convert("L"))
    assert pixels.shape == (224, 224) and np.array_equal(pixels, pixels[:, ::-1])
    assert 0.1 < (pixels < 128).mean() < 0.6
