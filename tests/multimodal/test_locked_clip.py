"""The CLIP with a frozen image side: its head, its batches, its measures, its files."""

import math

import pytest
import torch
from torch.nn import functional as F

from multimodal.caption_batches import CaptionBatches
from multimodal.clip import TextTowerConfig
from multimodal.contrastive import contrastive_loss
from multimodal.locked_clip import (
    AttentionPooling,
    LockedCLIP,
    LockedCLIPConfig,
    embed_maps,
    measure_photographs,
    nearest_captions,
)
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe, train

CAPTIONS = [(f"a red dog {n:x}", f"the dog no {n:x}") for n in range(12)]
TOKENIZER = Tokenizer.learn([text for own in CAPTIONS for text in own], 12, 16)


def small_model(seed: int = 0, **options) -> LockedCLIP:
    torch.manual_seed(seed)
    text = TextTowerConfig(len(TOKENIZER), 16, width=16, layers=1, heads=2)
    config = LockedCLIPConfig(text, 8, image_width=6, image_heads=2, **options)
    return LockedCLIP(config)


def random_maps(photographs: int = 12) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(photographs, 5, 6, generator=generator).half()


def test_pooling_starts_as_the_mean_and_can_look_at_one_position():
    pooling, maps = AttentionPooling(6, heads=2), random_maps().float()
    mean = maps.mean(dim=1)
    torch.testing.assert_close(pooling(maps), torch.cat([mean, mean], dim=1))
    with torch.no_grad():
        pooling.score.weight[1] = 50 * maps[0, 3]
    weights = pooling.weights(maps)
    assert weights.shape == (12, 2, 5)
    torch.testing.assert_close(weights.sum(dim=2), torch.ones(12, 2))
    assert weights[0, 1, 3] > 0.99
    torch.testing.assert_close(pooling(maps)[0, 6:], maps[0, 3], atol=0.1, rtol=0)
    by_hand = torch.stack(
        [
            sum(weights[n, head, place] * maps[n, place] for place in range(5))
            for n in range(12)
            for head in range(2)
        ]
    ).reshape(12, 12)
    torch.testing.assert_close(pooling(maps), by_hand)


def test_it_has_the_interface_of_clip():
    model, ids = small_model().eval(), TOKENIZER([own[0] for own in CAPTIONS])
    images, texts, scale = model(random_maps(), ids)
    assert images.shape == texts.shape == (12, 8)
    torch.testing.assert_close(images.norm(dim=1), torch.ones(12))
    torch.testing.assert_close(texts.norm(dim=1), torch.ones(12))
    assert scale.item() == pytest.approx(1 / 0.07)
    with torch.no_grad():
        model.logit_scale.fill_(9.0)
        model.clamp_logit_scale()
    assert model.logit_scale.item() == pytest.approx(math.log(100))


def test_what_was_saved_embeds_alike(tmp_path):
    model, ids = small_model(image_dropout=0.5).eval(), TOKENIZER(["the dog"])
    model.save(tmp_path)
    loaded = LockedCLIP.load(tmp_path)
    assert loaded.config == model.config and not loaded.training
    for one, other in zip(
        model(random_maps(), ids), loaded(random_maps(), ids), strict=True
    ):
        assert torch.equal(one, other)


def test_batches_pair_each_photograph_with_a_caption_of_its_own():
    maps, recipe = random_maps(), Recipe(steps=9, batch_size=5)
    batches = CaptionBatches(maps, CAPTIONS, TOKENIZER, recipe, mirrored=-maps)
    seen, mirrored = set(), 0
    for step in range(40):
        images, ids = batches(step)
        assert images.shape == (5, 5, 6) and len(ids) == 5
        texts = [TOKENIZER.decode(row) for row in ids]
        numbers = []
        for image, text in zip(images, texts, strict=True):
            same = [n for n in range(12) if torch.equal(maps[n].abs(), image.abs())]
            assert text in CAPTIONS[same[0]]
            numbers += same
            mirrored += torch.equal(image, -maps[same[0]])
        assert len(set(numbers)) == 5  # no photograph twice
        seen |= set(texts)
    assert seen == {text for own in CAPTIONS for text in own}
    assert 70 < mirrored < 130
    again = CaptionBatches(maps, CAPTIONS, TOKENIZER, recipe, mirrored=-maps)
    for one, other in zip(again(7), batches(7), strict=True):
        assert torch.equal(one, other)


def test_word_dropout_shortens_captions_but_never_loses_their_ends():
    maps, recipe = random_maps(), Recipe(steps=9, batch_size=12)
    whole = CaptionBatches(maps, CAPTIONS, TOKENIZER, recipe)
    dropped = CaptionBatches(maps, CAPTIONS, TOKENIZER, recipe, word_dropout=0.3)
    nothing = CaptionBatches(maps, CAPTIONS, TOKENIZER, recipe, word_dropout=1.0)
    end = TOKENIZER.end_id
    lengths = [
        sum((batches(step)[1] != end).sum().item() - 12 for step in range(30))
        for batches in (whole, dropped)
    ]
    assert lengths[1] / lengths[0] == pytest.approx(0.7, abs=0.05)
    assert nothing(0)[1].tolist() == [[TOKENIZER.start_id, end]] * 12


class Oracle:
    """Embeds photographs and captions as the numbers written in them."""

    logit_scale = torch.zeros(())

    def eval(self) -> None: ...

    def encode_image(self, maps):
        return F.one_hot(maps[:, 0, 0].long(), 16).float()

    def encode_text(self, ids):
        texts = [TOKENIZER.decode(row) for row in ids]
        numbers = [int(text[-1], 16) for text in texts]  # hexadecimal: one digit
        return F.one_hot(torch.tensor(numbers), 16).float()


def test_retrieval_counts_any_own_caption():
    maps = torch.arange(12.0)[:, None, None].expand(12, 5, 6).clone()
    right = measure_photographs(Oracle(), TOKENIZER, maps, CAPTIONS)
    assert right == {
        f"{way} {name}": 1.0
        for way in ("i2t", "t2i")
        for name in ("R@1", "R@5", "R@10", "median rank")
    }
    captions = [list(own) for own in CAPTIONS]
    captions[3][0] = captions[4][1] = "a red dog f"  # one wrong caption each
    measured = measure_photographs(Oracle(), TOKENIZER, maps, captions)
    assert measured["i2t R@1"] == 1.0
    assert measured["t2i R@1"] == pytest.approx(22 / 24)


def test_it_learns_which_caption_belongs_to_which_photograph():
    maps, recipe = random_maps(), Recipe(60, batch_size=12, learning_rate=5e-3)
    model = small_model(image_dropout=0.1)
    batches = CaptionBatches(maps, CAPTIONS, TOKENIZER, recipe)

    def batch_loss(model, step):
        return contrastive_loss(*model(*batches(step)))

    train(model, batch_loss, recipe, after_update=model.clamp_logit_scale)
    measured = measure_photographs(model, TOKENIZER, maps, CAPTIONS)
    assert measured["i2t R@1"] > 0.9 and measured["t2i R@1"] > 0.9
    parts = embed_maps(model, maps, batch_size=5)
    torch.testing.assert_close(parts, embed_maps(model, maps))


def test_the_nearest_caption_is_that_of_the_highest_cosine():
    model, maps = small_model(), random_maps()
    texts = [text for own in CAPTIONS for text in own]
    with torch.inference_mode():
        cosines = model.encode_image(maps) @ model.encode_text(TOKENIZER(texts)).T
    expected = [texts[place] for place in cosines.argmax(dim=1)]
    assert nearest_captions(model, TOKENIZER, maps, texts) == expected
    assert len(set(expected)) > 1
