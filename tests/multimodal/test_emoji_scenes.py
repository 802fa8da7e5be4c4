"""EmojiScenes: the ground truth is true, the splits are apart, the answers balanced."""

import hashlib
import itertools
import json
import tracemalloc
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from multimodal.artwork import STYLES
from multimodal.emoji_scenes import (
    BACKGROUNDS,
    HELD_OUT_STYLE,
    NOUNS,
    OPPOSITE,
    PHRASE,
    RELATIONS,
    SPLITS,
    EmojiScenes,
    SceneGraph,
    SceneObject,
    counted,
    held_out_count,
    is_held_out_triple,
    layout_split,
    render,
    with_article,
)


def test_there_are_enough_nouns_and_styles():
    assert len(NOUNS) >= 100 and len(set(NOUNS)) == len(NOUNS)
    assert len(STYLES) >= 3


@pytest.mark.parametrize(
    ("noun", "one", "two"),
    [
        ("apple", "an apple", "two apples"),
        ("mouse", "a mouse", "two mice"),
        ("hourglass", "an hourglass", "two hourglasses"),
        ("sheep", "a sheep", "two sheep"),
        ("knife", "a knife", "two knives"),
        ("butterfly", "a butterfly", "two butterflies"),
        ("snowman", "a snowman", "two snowmen"),
        ("aeroplane", "an aeroplane", "two aeroplanes"),
        ("alarm clock", "an alarm clock", "two alarm clocks"),
        ("octopus", "an octopus", "two octopuses"),
        ("potato", "a potato", "two potatoes"),
    ],
)
def test_articles_and_plurals(noun, one, two):
    assert noun in NOUNS
    assert counted(noun, 1) == with_article(noun) == one
    assert counted(noun, 2) == two


@pytest.mark.parametrize("split", SPLITS)
def test_a_scene_depends_on_seed_and_index_alone(split):
    scenes = EmojiScenes(split, 50, seed=3)
    again = EmojiScenes(split, 5_000_000_000, seed=3)
    for index in (0, 7, 49):
        assert scenes[index].graph == again[index].graph
        assert scenes[index].questions == again[index].questions
        np.testing.assert_array_equal(scenes[index].pixels, again[index].pixels)
    assert EmojiScenes(split, 50, seed=4)[7].graph != scenes[7].graph
    assert scenes[-1].graph == scenes[49].graph


FIRST_SCENES = {
    "train": "1d6b1a4294f54d7e",
    "validation": "2ee6446dce04a29b",
    "S0": "aceca6dfa22ac838",
    "S1": "a8c2a2d6fb4decf7",
    "S2": "b34bc771ecfa5717",
    "S3": "544e59900296f2bb",
}


@pytest.mark.parametrize("split", SPLITS)
def test_scenes_stay_what_they_were(split):
    """Every number measured so far was measured on these very scenes."""
    scenes = EmojiScenes(split, 200, kinds=("single", "group", "pair"))
    graphs = "".join(scene.graph.to_json() for scene in scenes)
    assert hashlib.sha256(graphs.encode()).hexdigest()[:16] == FIRST_SCENES[split]


def test_one_style_or_another_shows_the_same_scenes():
    drawn = {}
    for style in STYLES:
        scenes = EmojiScenes("S0", 60, styles=(style,))
        assert {scene.graph.style for scene in scenes} == {style}
        drawn[style] = [replace(scene.graph, style="any") for scene in scenes]
    assert all(graphs == drawn[HELD_OUT_STYLE] for graphs in drawn.values())
    normally = [replace(scene.graph, style="any") for scene in EmojiScenes("S0", 60)]
    assert normally == drawn[HELD_OUT_STYLE]


def test_styles_are_mixed_evenly_and_s1_can_be_given_others():
    for split, styles in (("train", STYLES), ("S1", STYLES[:2]), ("S0", STYLES[1:])):
        scenes = EmojiScenes(split, 600, styles=styles)
        counts = Counter(scene.graph.style for scene in scenes)
        assert set(counts) == set(styles)
        assert min(counts.values()) > 0.8 * 600 / len(styles)


def test_splits_are_disjoint_by_hash():
    """No graph, no layout and no image of one split occurs in another."""
    digests, layouts, images = {}, {}, {}
    for split in SPLITS:
        size = 4000 if split == "train" else 1500
        scenes = EmojiScenes(split, size, kinds=("single", "group", "pair"))
        digests[split] = {scene.graph.digest() for scene in scenes}
        layouts[split] = {scene.graph.layout() for scene in scenes}
        images[split] = {hash(scene.pixels.tobytes()) for scene in scenes}
    for one, other in itertools.combinations(SPLITS, 2):
        assert not digests[one] & digests[other], (one, other)
        assert not images[one] & images[other], (one, other)
        if {one, other} & {"train", "validation"}:
            assert not layouts[one] & layouts[other], (one, other)


def test_each_split_holds_out_what_it_names():
    train = EmojiScenes("train", 3000)
    for scene in itertools.chain(train, EmojiScenes("S0", 1000)):
        graph = scene.graph
        assert graph.style != HELD_OUT_STYLE
        nouns = [thing.noun for thing in graph.objects]
        if graph.relation:
            assert not is_held_out_triple(nouns[0], graph.relation, nouns[1])
        else:
            assert len(nouns) != held_out_count(nouns[0])
    assert all(scene.graph.style == HELD_OUT_STYLE for scene in EmojiScenes("S1", 200))
    for scene in EmojiScenes("S2", 300):
        nouns = [thing.noun for thing in scene.graph.objects]
        assert is_held_out_triple(nouns[0], scene.graph.relation, nouns[1])
    for scene in EmojiScenes("S3", 300):
        objects = scene.graph.objects
        assert len(objects) == held_out_count(objects[0].noun)
    for scene in train[:500]:
        assert layout_split(scene.graph.layout()) == "train"


def test_held_out_triples_are_the_same_fact_read_from_either_side():
    held_out = 0
    for first, relation, second in itertools.product(NOUNS[:30], RELATIONS, NOUNS[:30]):
        value = is_held_out_triple(first, relation, second)
        assert value == is_held_out_triple(second, OPPOSITE[relation], first)
        held_out += value
    assert 0.07 < held_out / (30 * 4 * 30) < 0.13


def test_every_noun_is_trained_in_every_role_of_every_relation():
    for noun, relation in itertools.product(NOUNS, RELATIONS):
        allowed = [
            other
            for other in NOUNS
            if other != noun and not is_held_out_triple(noun, relation, other)
        ]
        assert len(allowed) > len(NOUNS) / 2


def test_relations_hold_between_the_boxes():
    for scene in EmojiScenes("train", 500, kinds=("pair",)):
        a, b = scene.graph.objects
        apart = {
            "left of": a.x + a.size <= b.x,
            "right of": b.x + b.size <= a.x,
            "above": a.y + a.size <= b.y,
            "below": b.y + b.size <= a.y,
        }
        assert [name for name in RELATIONS if apart[name]].count(scene.graph.relation)


def test_objects_lie_inside_and_do_not_overlap():
    for scene in EmojiScenes("S0", 500, kinds=("single", "group", "pair")):
        covered = np.zeros((64, 64), dtype=int)
        for thing in scene.graph.objects:
            assert thing.x >= 0 and thing.y >= 0
            assert thing.x + thing.size <= 64 and thing.y + thing.size <= 64
            covered[thing.y : thing.y + thing.size, thing.x : thing.x + thing.size] += 1
        assert covered.max() == 1


def test_pixels_outside_the_objects_are_the_background():
    for scene in EmojiScenes("train", 100, image_size=96):
        outside = np.ones((96, 96), dtype=bool)
        for thing in scene.graph.objects:
            x, y, size = (value * 96 // 64 for value in (thing.x, thing.y, thing.size))
            outside[y : y + size, x : x + size] = False
            assert scene.pixels[y : y + size, x : x + size].std() > 5  # it is painted
        background = BACKGROUNDS[scene.graph.background]
        assert (scene.pixels[outside] == background).all()


def facts_of(caption: str) -> tuple:
    """Read a caption back by brute force: its colour, its counted nouns."""
    colour = [name for name in BACKGROUNDS if name in caption.split()]
    nouns = {
        (noun, count)
        for noun in NOUNS
        for count in (1, 2, 3, 4)
        if f" {counted(noun, count)} " in f" {caption.replace(',', ' ')} "
    }
    return tuple(colour), nouns


def test_captions_tell_the_truth_in_five_different_ways():
    for scene in EmojiScenes("train", 150):
        graph = scene.graph
        counts = Counter(thing.noun for thing in graph.objects)
        assert len(set(scene.captions)) == 5
        for caption in scene.captions:
            colours, nouns = facts_of(caption)
            if "alarm clock" not in caption and "sailing boat" not in caption:
                assert nouns == set(counts.items()), caption
            assert graph.background in colours, caption


def test_captions_of_a_pair_state_its_relation():
    graph = SceneGraph(
        "twemoji",
        "orange",
        (SceneObject("apple", 2, 8, 24), SceneObject("mouse", 36, 8, 24)),
        "left of",
    )
    from multimodal.emoji_scenes import caption_scene

    assert caption_scene(graph) == [
        "an apple to the left of a mouse on an orange background",
        "a mouse to the right of an apple in front of an orange background",
        "there is an apple on the left and a mouse on the right, "
        "and the background is orange",
        "a picture of an apple to the left of a mouse drawn on orange",
        "an orange background with a mouse on the right and an apple on the left",
    ]


def answer_from_graph(graph: SceneGraph, question) -> str:
    """Answer by looking at the boxes: an oracle that shares no code with the asker."""
    centre = {o.noun: (o.x + o.size / 2, o.y + o.size / 2) for o in graph.objects}

    def holds(subject, phrase, reference):
        dx = centre[subject][0] - centre[reference][0]
        dy = centre[subject][1] - centre[reference][1]
        gaps = {"left": -dx, "right": dx, "above": -dy, "below": dy}
        word = next(word for word in gaps if word in phrase)
        return gaps[word] == max(gaps.values())

    text, nouns = question.text, [o.noun for o in graph.objects]
    if question.kind == "which colour":
        return graph.background
    if question.kind == "how many":
        return ("no", "one", "two", "three", "four")[len(nouns)]
    if question.kind == "what" and graph.relation is None:
        return nouns[0]
    if question.kind == "what":
        subject = next(noun for noun in nouns if text.endswith(f"the {noun}?"))
        (other,) = set(nouns) - {subject}
        assert holds(other, text, subject)
        return other
    if question.kind == "where":
        subject = next(noun for noun in nouns if text == f"Where is the {noun}?")
        (other,) = set(nouns) - {subject}
        places = ("on the left", "on the right", "at the top", "at the bottom")
        words = ("left", "right", "above", "below")
        return next(
            p for p, w in zip(places, words, strict=True) if holds(subject, w, other)
        )
    if text.startswith("Is there"):
        return "yes" if any(with_article(noun) in text for noun in nouns) else "no"
    phrase = next(p for p in PHRASE.values() if p in text)
    first = next(noun for noun in nouns if text.startswith(f"Is the {noun} "))
    (second,) = set(nouns) - {first}
    return "yes" if holds(first, phrase, second) else "no"


def test_answers_are_what_the_boxes_say():
    kinds = Counter()
    for scene in EmojiScenes("S0", 800):
        for question in scene.questions:
            assert question.answer == answer_from_graph(scene.graph, question)
            kinds[question.kind] += 1
    assert set(kinds) == {"what", "how many", "which colour", "yes/no", "where"}


def test_answers_are_balanced():
    """Whoever sees only the question's kind can't do better than chance."""
    answers = {}
    for scene in EmojiScenes("train", 6000):
        for question in scene.questions:
            answers.setdefault(question.kind, Counter())[question.answer] += 1
    chance = {"how many": 4, "which colour": 8, "yes/no": 2, "where": 4, "what": 144}
    for kind, choices in chance.items():
        counts = answers[kind]
        assert len(counts) == choices, kind
        share = max(counts.values()) / counts.total()
        allowed = 1.15 if choices < 10 else 2.2  # 144 answers: sampling noise
        assert share < allowed / choices, (kind, share)


def test_dataset_and_stream_hold_the_same_rows():
    scenes = EmojiScenes("validation", 12)
    dataset, stream = scenes.dataset(), list(scenes.stream())
    assert dataset.features["label"].names == list(NOUNS)
    for index, row in enumerate(dataset):
        scene = scenes[index]
        assert isinstance(row["image"], Image.Image)
        np.testing.assert_array_equal(np.asarray(row["image"]), scene.pixels)
        assert row["label"] == scene.label
        assert row["captions"] == scene.captions == stream[index]["captions"]
        assert [q["answer"] for q in row["questions"]] == [
            q.answer for q in scene.questions
        ]
        assert json.loads(row["graph"])["background"] == scene.graph.background
        np.testing.assert_array_equal(np.asarray(stream[index]["image"]), scene.pixels)


def test_stream_is_shared_by_workers_and_never_holds_all_scenes():
    scenes = EmojiScenes("train", 1_000_000_000)
    tracemalloc.start()
    for count, _ in enumerate(scenes.stream()):
        if count == 300:
            break
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6
    few = EmojiScenes("train", 20)
    loader = torch.utils.data.DataLoader(
        few.stream(shards=2), batch_size=None, num_workers=2
    )
    graphs = sorted(row["graph"] for row in loader)
    assert graphs == sorted(scene.graph.to_json() for scene in few)


def test_tensors_are_the_rendered_scenes():
    scenes = EmojiScenes("S0", 5, kinds=("single",), image_size=32)
    images, labels = scenes.tensors()
    assert images.shape == (5, 3, 32, 32) and images.dtype == np.uint8
    for index, scene in enumerate(scenes):
        np.testing.assert_array_equal(images[index].transpose(1, 2, 0), scene.pixels)
        assert labels[index] == NOUNS.index(scene.graph.objects[0].noun)


def test_render_scales():
    graph = EmojiScenes("train", 1)[0].graph
    small = render(graph, 64).astype(float)
    large = render(graph, 256).reshape(64, 4, 64, 4, 3).mean((1, 3))
    assert np.abs(small - large).mean() < 12


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"split": "test"}, "unknown split 'test'"),
        ({"split": "train", "kinds": ("double",)}, "unknown kinds"),
        ({"split": "train", "kinds": ()}, "unknown kinds"),
        ({"split": "S1", "styles": ("watercolour",)}, "unknown styles"),
        ({"split": "train", "styles": ()}, "unknown styles"),
        ({"split": "train", "size": -1}, "negative"),
        ({"split": "train", "image_size": 8}, "16 px"),
    ],
)
def test_wrong_arguments_are_explained(arguments, message):
    with pytest.raises(ValueError, match=message):
        EmojiScenes(**arguments)
    with pytest.raises(IndexError, match="scene 10 of 10"):
        EmojiScenes("train", 10)[10]
