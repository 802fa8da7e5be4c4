"""Each switch does what it says and nothing else; captions of changed scenes hold."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from multimodal.clip import CLIP, CLIPConfig, ImageTowerConfig, TextTowerConfig
from multimodal.clip_ablations import (
    Switches,
    change_colours,
    draw_lines,
    embed_pairs,
    find_objects,
    measure_pool,
    shared_targets,
    switched_loss,
)
from multimodal.contrastive import contrastive_loss
from multimodal.emoji_scenes import BACKGROUNDS, EmojiScenes
from multimodal.scene_pairs import scene_tensors
from multimodal.training import to_float

END = 29


@pytest.fixture
def model() -> CLIP:
    torch.manual_seed(0)
    image = ImageTowerConfig(16, 8, width=16, layers=1, heads=2)
    text = TextTowerConfig(END + 1, 10, width=12, layers=1, heads=2)
    return CLIP(CLIPConfig(image, text, embedding_width=8))


@pytest.fixture
def pairs() -> tuple[torch.Tensor, torch.Tensor]:
    """Eight pairs; the texts have different lengths and are filled up with ENDs."""
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(END, (8, 7), generator=generator)
    for row, length in zip(ids, (2, 3, 4, 5, 6, 6, 6, 6), strict=True):
        row[length:] = END
    return torch.randn(8, 3, 16, 16, generator=generator), ids


def test_with_all_switches_right_it_is_the_loss_of_clip(model, pairs):
    gradients = []
    for loss in (
        switched_loss(model, *pairs, Switches()),
        contrastive_loss(*model(*pairs)),
    ):
        model.zero_grad()
        loss.backward()
        gradients.append([loss.detach(), *(p.grad.clone() for p in model.parameters())])
    assert model.logit_scale.grad.abs() > 1e-4
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_without_normalisation_embeddings_keep_their_lengths(model, pairs):
    raw = embed_pairs(model, *pairs, Switches(normalise=False))
    for embeddings, unit in zip(raw, model(*pairs)[:2], strict=True):
        assert (embeddings.norm(dim=1) - 1).abs().min() > 0.01
        torch.testing.assert_close(F.normalize(embeddings, dim=1), unit)


def test_a_fixed_scale_is_used_and_not_learned(model, pairs):
    loss = switched_loss(model, *pairs, Switches(scale=3.0))
    torch.testing.assert_close(loss, contrastive_loss(*model(*pairs)[:2], 3.0))
    loss.backward()
    assert model.logit_scale.grad is None


def test_one_direction_is_that_of_images_among_texts(model, pairs):
    images, texts, scale = model(*pairs)
    expected = -(scale * images @ texts.T).log_softmax(dim=1).diagonal().mean()
    loss = switched_loss(model, *pairs, Switches(both_directions=False))
    torch.testing.assert_close(loss, expected)
    assert (loss - contrastive_loss(images, texts, scale)).abs() > 1e-4


def test_the_last_position_depends_on_the_company_and_the_end_does_not(model, pairs):
    images, ids = pairs
    for read_last, same in ((False, True), (True, False)):
        switches = Switches(read_last=read_last)
        alone = embed_pairs(model, images[:1], ids[:1, :3], switches)[1]
        beside = embed_pairs(model, images, ids, switches)[1][:1]
        assert torch.allclose(alone, beside, atol=1e-5) == same


def test_a_share_of_the_captions_is_exchanged(model, pairs):
    images, ids = pairs
    exchanged = ids[[1, 0, 2, 3, 4, 5, 6, 7]]
    loss = switched_loss(model, images, ids, Switches(wrong_pairs=0.25))
    torch.testing.assert_close(loss, contrastive_loss(*model(images, exchanged)))


def test_right_answers_are_shared_among_equal_captions():
    captions = ["a", "b", "a", "c", "a"]
    targets = shared_targets(captions)
    for i, one in enumerate(captions):
        for j, other in enumerate(captions):
            share = 1 / captions.count(one) if one == other else 0
            assert targets[i, j].item() == pytest.approx(share)


class GivenVectors(nn.Module):
    """A model whose images and texts are their embeddings."""

    def __init__(self):
        super().__init__()
        self.image, self.text = nn.Identity(), nn.Identity()
        self.project_image, self.project_text = nn.Identity(), nn.Identity()


def test_recall_is_the_mean_of_both_directions():
    """Texts find all images; the last image finds the text before its own."""
    images = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 3]])
    texts = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1]])
    pool = GivenVectors(), images, texts
    assert measure_pool(*pool, list("abcd"), Switches())["R@1"] == 0.875
    assert measure_pool(*pool, list("abcc"), Switches())["R@1"] == 1  # as right
    raw = measure_pool(*pool, list("abcd"), Switches(normalise=False))
    assert raw["R@1"] < 0.875  # long vectors win where lengths count
    assert raw["R@10"] == 1


@pytest.fixture(scope="module")
def scenes() -> tuple[list, torch.Tensor]:
    graphs = [scene.graph for scene in EmojiScenes("train", 60)]
    return graphs, to_float(scene_tensors(graphs))


def test_things_are_told_from_the_background(scenes):
    there, background = find_objects(scenes[1])
    for graph, mask, colour in zip(scenes[0], there, background, strict=True):
        expected = torch.tensor(BACKGROUNDS[graph.background]) / 127.5 - 1
        torch.testing.assert_close(colour.flatten(), expected)
        outside = mask[0].clone()
        for thing in graph.objects:
            box = (
                slice(thing.y, thing.y + thing.size),
                slice(thing.x, thing.x + thing.size),
            )
            assert mask[0][box].float().mean() > 0.1, thing
            outside[box] = False
        assert not outside.any()


@pytest.mark.parametrize("change", [change_colours, draw_lines])
def test_what_captions_say_stays_true(change, scenes):
    """Background and the places of things are as they were; the things are not."""
    torch.manual_seed(0)
    there, background = find_objects(scenes[1])
    changed = change(scenes[1].clone())
    outside = ~there.expand_as(changed)
    assert torch.equal(changed[outside], scenes[1][outside])
    assert changed.abs().max() <= 1
    different = (changed != scenes[1]).flatten(1).any(dim=1)
    assert different.float().mean() > 0.3
    assert torch.equal(find_objects(changed)[1], background)


def test_colours_are_changed_in_several_ways(scenes):
    torch.manual_seed(0)
    one = scenes[1][:1].expand(200, -1, -1, -1)
    changed = change_colours(one)
    assert len(changed.flatten(1).unique(dim=0)) >= 12  # six orders, as many inverted
    there = find_objects(one)[0].expand_as(one)
    grey = (changed == changed.mean(dim=1, keepdim=True)) | ~there
    assert 0.2 < grey.flatten(1).all(dim=1).float().mean() < 0.47


def test_lines_resemble_the_style_that_training_never_shows(scenes):
    """Things become white with dark lines, whatever their colours were."""
    styles = ("openmoji", "openmoji-line")
    filled, held_out = (
        to_float(
            scene_tensors([s.graph for s in EmojiScenes("train", 60, styles=(x,))])
        )
        for x in styles
    )
    drawn = draw_lines(filled, share=1)
    before = (filled - held_out).abs().mean()
    assert (drawn - held_out).abs().mean() < 0.7 * before
    there = find_objects(filled)[0][:, 0]
    red, green, blue = drawn.unbind(dim=1)
    assert torch.equal(red[there], green[there]) and torch.equal(
        red[there], blue[there]
    )
    assert torch.equal(draw_lines(filled, share=0), filled)
    torch.manual_seed(0)
    some = draw_lines(filled)
    assert 0.3 < (some != filled).flatten(1).any(dim=1).float().mean() < 0.7
