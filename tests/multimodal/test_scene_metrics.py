"""Captions are judged fact by fact, and by nothing but the facts.

A parser that misreads a form of caption would blame the model for it; one that guesses
would praise a model for what it never said.
"""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multimodal.emoji_scenes import (
    BACKGROUNDS,
    KINDS,
    NOUNS,
    OPPOSITE,
    RELATIONS,
    SPLITS,
    EmojiScenes,
    SceneGraph,
    SceneObject,
    caption_scene,
)
from multimodal.scene_metrics import (
    FACT_KINDS,
    FactScore,
    mention_pattern,
    noun_of_name,
    parse_caption,
    read_count,
    relation_fact,
    scene_f1,
    scene_facts,
)


def graph_of(background: str, *nouns: str, relation: str | None = None) -> SceneGraph:
    """Captions and facts don't depend on places."""
    objects = tuple(SceneObject(noun, 0, 0, 20) for noun in nouns)
    return SceneGraph("twemoji", background, objects, relation)


PAIR = graph_of("orange", "alarm clock", "mouse", relation="right of")
GROUP = graph_of("grey", "knife", "knife", "knife")


def test_facts_of_scenes():
    assert scene_facts(PAIR) == {
        ("colour", "orange"),
        ("object", "alarm clock"),
        ("object", "mouse"),
        ("count", "alarm clock", 1),
        ("count", "mouse", 1),
        ("relation", "mouse", "left of", "alarm clock"),
    }
    assert scene_facts(GROUP) == {
        ("colour", "grey"),
        ("object", "knife"),
        ("count", "knife", 3),
    }


@pytest.mark.parametrize("split", SPLITS)
def test_every_caption_of_every_split_says_exactly_its_scene(split):
    scenes = EmojiScenes(split, 400, kinds=KINDS)
    for scene in scenes:
        for caption in scene.captions:
            assert parse_caption(caption) == scene_facts(scene.graph), caption
    graphs = [scene.graph for scene in scenes]
    for form in range(5):
        scores = scene_f1([scene.captions[form] for scene in scenes], graphs)
        for kind in ("all", *FACT_KINDS):
            score = scores[kind]
            assert score.right == score.stated == score.true
            assert score.f1 == 1 or (kind == "relation" and split == "S3")


def test_every_noun_in_every_number_and_every_role_is_read():
    for noun, count in itertools.product(NOUNS, (1, 2, 3, 4)):
        graph = graph_of("pink", *[noun] * count)
        for caption in caption_scene(graph):
            assert parse_caption(caption) == scene_facts(graph), caption
    for number, noun in enumerate(NOUNS):
        for relation in RELATIONS:
            graph = graph_of("red", noun, NOUNS[number - 1], relation=relation)
            for caption in caption_scene(graph):
                assert parse_caption(caption) == scene_facts(graph), caption


def test_relations_are_those_that_the_boxes_show():
    """The first thing of a fact lies further left or higher up; no graph is asked."""
    for scene in EmojiScenes("S0", 200, kinds=("pair",)):
        (fact,) = (f for f in parse_caption(scene.captions[1]) if f[0] == "relation")
        box = {thing.noun: thing for thing in scene.graph.objects}
        first, second = box[fact[1]], box[fact[3]]
        if fact[2] == "left of":
            assert first.x + first.size <= second.x
        else:
            assert first.y + first.size <= second.y


def test_plurals_name_one_noun_each():
    assert set(noun_of_name().values()) == set(NOUNS)
    assert len(noun_of_name()) == 2 * len(NOUNS) - 2  # "sheep" and "fish" are both
    assert all(mention_pattern().fullmatch(name) for name in noun_of_name())


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_relation_is_one_fact_from_either_side(relation):
    fact = relation_fact("cat", relation, "dog")
    assert fact == relation_fact("dog", OPPOSITE[relation], "cat")
    assert fact != relation_fact("cat", OPPOSITE[relation], "dog")
    assert fact[2] in ("left of", "above")


@pytest.mark.parametrize("form", range(5))
@pytest.mark.parametrize(
    ("graph", "told", "lost", "invented"),
    [
        (
            GROUP,
            graph_of("pink", *["knife"] * 3),
            {("colour", "grey")},
            {("colour", "pink")},
        ),
        (
            GROUP,
            graph_of("grey", *["knife"] * 4),
            {("count", "knife", 3)},
            {("count", "knife", 4)},
        ),
        (
            GROUP,
            graph_of("grey", *["axe"] * 3),
            {("object", "knife"), ("count", "knife", 3)},
            {("object", "axe"), ("count", "axe", 3)},
        ),
        (
            PAIR,
            graph_of("orange", "alarm clock", "mouse", relation="left of"),
            {("relation", "mouse", "left of", "alarm clock")},
            {("relation", "alarm clock", "left of", "mouse")},
        ),
        (
            PAIR,
            graph_of("orange", "alarm clock", "mouse", relation="above"),
            {("relation", "mouse", "left of", "alarm clock")},
            {("relation", "alarm clock", "above", "mouse")},
        ),
    ],
)
def test_a_wrong_fact_costs_that_fact_and_no_other(graph, told, lost, invented, form):
    caption = caption_scene(told)[form]
    assert scene_facts(graph) - parse_caption(caption) == lost
    assert parse_caption(caption) - scene_facts(graph) == invented
    score = scene_f1([caption], [graph])["all"]
    true = len(scene_facts(graph))
    assert score == FactScore(true - len(lost), true, true)


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("An cat on a orange background.", "cat; 1 cat; orange"),
        ("three cat on grey", "cat; 3 cat; grey"),
        ("2 mice on a red", "mouse; 2 mouse; red"),
        ("nine mice", "mouse; 9 mouse"),
        ("On red, mice.", "mouse; red"),
        ("the cat above the dog", "cat; dog; cat above dog"),
        ("cat is left of dog", "cat; dog; cat left of dog"),
        ("cat below dog above bee", "cat; dog; bee; dog above cat; dog above bee"),
        (
            "the bee is at the bottom of the picture and the cat is at the top",
            "bee; cat; cat above bee",
        ),
        ("no cats on a blue background", "blue"),
        ("a cat on the left and a dog on", "cat; 1 cat; dog; 1 dog"),
        (
            "bee on the left of dog and cat on the right",
            "bee; dog; cat; bee left of dog",
        ),
        ("cat on a red apple", "cat; apple"),
        ("cat on a red zebra", "cat"),
        ("1" * 5000 + " cats", "cat"),
        ("a zebra to the left of a cat", "cat; 1 cat"),
        ("a cat on the left and a zebra on the right", "cat; 1 cat"),
        ("a red apple on a chair", "apple; chair; 1 chair"),
        ("a watermelon on a purple", "watermelon; 1 watermelon; purple"),
        ("the background is blue", "blue"),
        ("a background blue", "blue"),
        ("in front of a green background with a cat", "green; cat; 1 cat"),
        ("the background is brown", ""),
        ("there is a", ""),
    ],
)
def test_what_deviates_a_little_is_read_as_it_is_meant(text, facts):
    said = {
        f"{fact[2]} {fact[1]}" if fact[0] == "count" else " ".join(fact[1:])
        for fact in parse_caption(text)
    }
    assert said == set(facts.split("; ")) - {""}


def test_a_caption_that_breaks_off_says_less_and_nothing_false():
    for scene in EmojiScenes("S0", 120, kinds=KINDS):
        true = scene_facts(scene.graph)
        for caption in scene.captions:
            words = caption.split()
            for length in range(len(words)):
                assert parse_caption(" ".join(words[:length])) <= true


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "?!",
        "the the the",
        "<0> above <1>",
        "cate dogs1 scatter",
        "red",
        "caté",
    ]
    + ["on the left of", "background", "left of above below", "\x00\ud800", "é" * 50],
)
def test_nonsense_states_nothing(text):
    assert parse_caption(text) == set()


WORDS = (
    "a",
    "no",
    "12",
    "123",
    "cat",
    "cats",
    "sheep",
    "red",
    "background",
    "is",
    "on",
)
WORDS += ("on the left", "on the right", "above", "to the left of", ",", "<0>", "of")


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(), st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))
)
def test_any_text_is_read_without_an_exception(text):
    for kind, *said in parse_caption(text):
        assert kind in FACT_KINDS
        assert all(isinstance(word, int) or word in text.lower() for word in said) or (
            kind == "relation"
        )
        assert kind != "colour" or said[0] in BACKGROUNDS


def test_scores_are_counted_over_all_captions():
    captions = ["three knives on a red background", "a mouse on orange", ""]
    scores = scene_f1(captions, [GROUP, PAIR, GROUP])
    assert scores["all"] == FactScore(right=2 + 3, stated=3 + 3, true=3 + 6 + 3)
    assert scores["object"] == FactScore(2, 2, 4)
    assert scores["count"] == FactScore(2, 2, 4)
    assert scores["colour"] == FactScore(1, 2, 3)
    assert scores["relation"] == FactScore(0, 0, 1)
    assert scores["all"].precision == 5 / 6 and scores["all"].recall == 5 / 12
    assert scores["all"].f1 == pytest.approx(2 / (6 / 5 + 12 / 5))
    assert (
        str(scores["object"]) == "F1 0.667 (precision 1.000, recall 0.500) of 4 facts"
    )


def test_a_score_without_facts_is_no_number():
    relation = scene_f1(["two knives"], [GROUP])["relation"]
    for value in (relation.precision, relation.recall, relation.f1):
        assert math.isnan(value)
    silent = scene_f1([""], [GROUP])["all"]
    assert silent.f1 == silent.recall == 0 and math.isnan(silent.precision)
    assert list(scene_f1([], [])) == ["all", *FACT_KINDS]


def test_captions_and_scenes_go_together():
    with pytest.raises(ValueError, match="2 captions for 1 scenes"):
        scene_f1(["a cat", "a dog"], [PAIR])


@pytest.mark.parametrize(
    ("word", "count"), [("a", 1), ("an", 1), ("no", 0), ("four", 4), ("12", 12)]
)
def test_counts_are_read(word, count):
    assert read_count(word) == count
    for other in ("the", "²", "", None):
        assert read_count(other) is None
