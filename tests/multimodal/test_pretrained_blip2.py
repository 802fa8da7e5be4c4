"""What a published BLIP-2 needs is computed before it is loaded."""

import os
import subprocess
import sys
import textwrap

import pytest
import torch
from published_blip2 import draw_config
from torch import nn
from transformers import Blip2Config, Blip2ForConditionalGeneration
from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

from multimodal.hub import UnavailableError
from multimodal.photographs import PHOTOGRAPHS, photograph
from multimodal.preprocessing import ImagePreprocessing
from multimodal.pretrained_blip2 import (
    WORKING_BYTES,
    Place,
    count_parameters,
    find_place,
    loading_bytes,
    possible_places,
    published_parts,
    weight_bytes,
)

PUBLISHED = {  # of Salesforce/blip2-opt-2.7b: what is not a default of transformers
    "model_type": "blip-2",
    "num_query_tokens": 32,
    "image_token_index": 50265,
    "image_text_hidden_size": 256,
    "qformer_config": {"classifier_dropout": None, "model_type": "blip_2_qformer"},
    "text_config": {
        "_name_or_path": "facebook/opt-2.7b",
        "eos_token_id": 50118,
        "ffn_dim": 10240,
        "hidden_size": 2560,
        "model_type": "opt",
        "num_attention_heads": 32,
        "num_hidden_layers": 32,
        "prefix": "</s>",
        "torch_dtype": "float16",
        "vocab_size": 50304,
        "word_embed_proj_dim": 2560,
    },
    "use_decoder_only_language_model": True,
    "vision_config": {"dropout": 0.0, "model_type": "blip_2_vision_model"},
}
GB = 10**9


def on_meta(config: dict) -> Blip2ForConditionalGeneration:
    with torch.device("meta"):
        return Blip2ForConditionalGeneration(Blip2Config.from_dict(config))


def test_the_published_parameters_are_counted_exactly():
    parts = published_parts(PUBLISHED)
    counts = {name: count_parameters(part) for name, part in parts.items()}
    published = on_meta(PUBLISHED)
    assert sum(counts.values()) == count_parameters(published) == 3_744_761_856
    assert counts["language model"] == count_parameters(published.language_model)
    assert counts["projection"] == count_parameters(published.language_projection)
    norm = count_parameters(published.vision_model.post_layernorm)  # ours is elsewhere
    encoder = count_parameters(published.vision_model) - norm
    assert counts["image encoder"] == encoder
    queries = published.query_tokens.numel()
    assert counts["Q-Former"] == count_parameters(published.qformer) + queries + norm
    # the hub's page counts the table of words twice: 14.43 GB of 2^30 bytes
    both = sum(p.numel() for _, p in published.named_parameters(remove_duplicate=False))
    assert round(4 * both / 2**30, 2) == 14.43


@pytest.mark.parametrize("seed", range(6))
def test_small_models_of_all_kinds_are_counted_exactly(seed):
    common = {"vocab_size": 40, "hidden_size": 16, "num_attention_heads": 2}
    common |= {"num_hidden_layers": 1 + seed % 3, "max_position_embeddings": 64}
    opt = {"model_type": "opt", "ffn_dim": 24, "word_embed_proj_dim": 16}
    llama = {"model_type": "llama", "intermediate_size": 24}
    llama |= {"tie_word_embeddings": seed % 4 == 0}
    config, _ = draw_config(seed, text_config=common | (opt if seed % 2 else llama))
    parts = published_parts(config.to_dict())
    total = sum(map(count_parameters, parts.values()))
    assert total == count_parameters(Blip2ForConditionalGeneration(config))


def test_parts_take_no_memory():
    for part in published_parts(PUBLISHED).values():
        assert all(parameter.is_meta for parameter in part.parameters())


def test_other_models_are_refused():
    with pytest.raises(ValueError, match="expected a BLIP-2, got a 'vit'"):
        published_parts({"model_type": "vit"})


def test_bytes_are_those_of_each_number():
    parts = published_parts(PUBLISHED)
    learned = [parts["Q-Former"], parts["projection"]]
    frozen = [parts["image encoder"], parts["language model"]]
    learned, frozen = (sum(map(count_parameters, some)) for some in (learned, frozen))
    assert weight_bytes(parts, 32) == 4 * (learned + frozen)
    assert weight_bytes(parts, 16) == 4 * learned + 2 * frozen
    expected = {8: 4.0 * learned, 4: 4.0 * learned}
    for name in ("image encoder", "language model"):
        for layer_name, layer in parts[name].named_modules():
            numbers = [p.numel() for p in layer.parameters(recurse=False)]
            if not isinstance(layer, nn.Linear):
                for bits in expected:
                    expected[bits] += 2 * sum(numbers)
            elif layer_name != "lm_head":  # it is the table of words, counted there
                weight, *bias = numbers
                expected[8] += weight + 4 * layer.out_features + 2 * sum(bias)
                expected[4] += weight / 2 + 4 * weight / 64 + 2 * sum(bias)
    for bits, number in expected.items():
        assert weight_bytes(parts, bits) == pytest.approx(number, rel=1e-9)
    sizes = [weight_bytes(parts, bits) for bits in (32, 16, 8, 4)]
    assert sizes == sorted(sizes, reverse=True)
    assert loading_bytes(parts, 16) > weight_bytes(parts, 16) + 4e9


def tiny_parts() -> dict[str, nn.Module]:
    text = {"model_type": "opt", "vocab_size": 40, "hidden_size": 16, "ffn_dim": 24}
    text |= {"num_attention_heads": 2, "num_hidden_layers": 1}
    config, _ = draw_config(1, text_config=text | {"word_embed_proj_dim": 16})
    return published_parts(config.to_dict())


def free(monkeypatch, machine: float, gpu: float | None = None) -> None:
    """Pretend that so many bytes are free."""
    amounts = {"cpu": machine, "cuda": gpu}
    monkeypatch.setattr(
        "multimodal.pretrained_blip2.free_memory", lambda where="cpu": amounts[where]
    )
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu is not None)


def test_without_a_gpu_the_machine_is_the_place(monkeypatch):
    parts = published_parts(PUBLISHED)
    free(monkeypatch, machine=loading_bytes(parts, 32) + 1)
    place = find_place(parts)
    assert (place.device, place.dtype, place.fits) == ("cpu", torch.float32, True)
    assert str(place) == (
        "in single precision on 'cpu' it needs 19.8 GB of memory (19.8 GB are free)"
    )
    small = tiny_parts()  # what is computed on the way counts for more than loading
    free(monkeypatch, machine=WORKING_BYTES)
    with pytest.raises(UnavailableError):
        find_place(small)


def test_what_does_not_fit_is_said_with_numbers_and_a_way_out(monkeypatch):
    parts = published_parts(PUBLISHED)
    free(monkeypatch, machine=loading_bytes(parts, 32) - 1)
    with pytest.raises(UnavailableError) as caught:
        find_place(parts)
    assert str(caught.value) == (
        "Salesforce/blip2-opt-2.7b doesn't fit, so nothing was loaded: in single "
        "precision on 'cpu' it needs 19.8 GB of memory (19.8 GB are free); close other "
        "programs, or run this where there is more memory"
    )
    free(monkeypatch, machine=13 * GB, gpu=4 * GB)
    with pytest.raises(
        UnavailableError, match=r"8\.2 GB of the GPU's memory \(4\.0 GB"
    ):
        find_place(parts)


def test_a_gpu_is_taken_in_half_precision_if_both_memories_do(monkeypatch):
    parts = published_parts(PUBLISHED)
    free(monkeypatch, machine=13 * GB, gpu=9 * GB)
    place = find_place(parts)
    assert (place.device, place.dtype) == ("cuda", torch.float16)
    gpu = place.needed["the GPU's memory"]
    assert gpu == weight_bytes(parts, 16) + WORKING_BYTES
    free(monkeypatch, machine=12 * GB, gpu=9 * GB)  # no room to load it
    assert [place.fits for place in possible_places(parts)] == [False, False]
    free(monkeypatch, machine=40 * GB, gpu=2 * GB)
    assert find_place(parts).device == "cpu"


def test_a_place_fits_only_if_everything_does():
    needed = {"memory": 5.0, "the GPU's memory": 3.0}
    for machine, gpu, fits in ((5, 3, True), (4.9, 3, False), (9, 2, False)):
        amounts = {"memory": machine, "the GPU's memory": gpu}
        assert Place("cuda", torch.float16, needed, amounts).fits == fits


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_images_are_prepared_as_the_published_processor_does_it(name, tmp_path):
    BlipImageProcessorPil(size={"height": 224, "width": 224}).save_pretrained(tmp_path)
    theirs = BlipImageProcessorPil.from_pretrained(tmp_path)
    ours = ImagePreprocessing.from_pretrained(tmp_path)
    assert (ours.size, ours.resample, ours.crop) == ((224, 224), 3, False)
    assert ours.mean == (0.48145466, 0.4578275, 0.40821073)
    assert ours.std == (0.26862954, 0.26130258, 0.27577711)
    image = photograph(name)
    expected = theirs([image], return_tensors="pt").pixel_values
    assert expected.shape == (1, 3, 224, 224)
    torch.testing.assert_close(ours([image]), expected, atol=1e-6, rtol=0)


LOADING = """
import sys, threading, time, torch
from transformers import Blip2Config, Blip2ForConditionalGeneration
from multimodal.blip2 import Blip2
from multimodal.pretrained_blip2 import loading_bytes, published_parts, weight_bytes
from multimodal.weights import read_json
folder = sys.argv[1]
sizes = {"hidden_size": 384, "num_hidden_layers": 8, "num_attention_heads": 6}
Blip2ForConditionalGeneration(Blip2Config(
    vision_config=sizes | {"hidden_size": 512, "num_attention_heads": 8,
                           "num_hidden_layers": 12, "intermediate_size": 2048},
    qformer_config=sizes | {"intermediate_size": 1536},
    text_config=sizes | {"model_type": "opt", "ffn_dim": 1536, "vocab_size": 4000,
                         "word_embed_proj_dim": 384},
    image_token_index=5)).half().save_pretrained(folder)
parts = published_parts(read_json(folder, "config.json"))
def own_memory():
    lines = open("/proc/self/status").read().splitlines()
    return next(1024 * int(l.split()[1]) for l in lines if l.startswith("RssAnon"))
Blip2.from_pretrained(folder, torch.float16)  # what is imported only now isn't counted
before, most, running = own_memory(), [0], True
def watch():
    while running:
        most[0] = max(most[0], own_memory())
        time.sleep(0.001)
watcher = threading.Thread(target=watch)
watcher.start()
model = Blip2.from_pretrained(folder, torch.float32)
running = False
watcher.join()
print(most[0] - before, loading_bytes(parts, 32), weight_bytes(parts, 32))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_loading_takes_no_more_than_was_said(tmp_path):
    """Files in half precision, a model in single: nothing is shared with the file."""
    program = tmp_path / "loading.py"
    program.write_text(textwrap.dedent(LOADING))
    output = subprocess.run(
        [sys.executable, program, tmp_path / "model"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536"},  # give back what is freed
    ).stdout
    most, said, weights = map(float, output.split()[-3:])
    assert weights < most < 1.1 * said
    assert most > 0.75 * said
