"""A small world holds its nouns only, and narrow layers sum to what wide ones do."""

import itertools

import pytest
import torch
from torch import nn

from multimodal.emoji_scenes import NOUNS, EmojiScenes
from multimodal.small_world import enlarge_weights, small_world


def test_a_small_world_is_what_the_split_holds_of_its_nouns():
    nouns = NOUNS[:40]
    scenes = small_world("S0", 9, nouns)
    assert len(scenes) == 9
    for kind, found in (("group", scenes[::2]), ("pair", scenes[1::2])):
        assert all(
            (scene.graph.relation is None) == (kind == "group") for scene in found
        )
        fitting = (
            scene.graph
            for scene in EmojiScenes("S0", 10_000, kinds=(kind,))
            if all(thing.noun in nouns for thing in scene.graph.objects)
        )
        expected = list(itertools.islice(fitting, len(found)))
        assert [scene.graph for scene in found] == expected


def test_by_default_there_are_21_nouns():
    scenes = small_world("train", 80)
    nouns = {thing.noun for scene in scenes for thing in scene.graph.objects}
    assert 15 < len(nouns) <= 21 and nouns <= set(NOUNS[::7])


@pytest.mark.parametrize("width", [64, 768])
def test_after_it_narrow_layers_give_sums_as_large_as_wide_ones(width):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(width, 4000), nn.LayerNorm(4000))
    nn.init.normal_(model[0].weight, std=0.02)
    nn.init.zeros_(model[0].bias)
    enlarge_weights(model, width)
    sums = model[0](torch.randn(200, width))
    assert sums.std().item() == pytest.approx(0.02 * 768**0.5, rel=0.03)
    assert torch.equal(model[1].weight, torch.ones(4000))
