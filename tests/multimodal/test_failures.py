"""The measures of failure count what a person with pencil and paper would count."""

import pytest

from multimodal.emoji_scenes import EmojiScenes, Question, caption_scene
from multimodal.failures import (
    count_table,
    hallucination,
    nouns_of_caption,
    polling_questions,
    polling_scores,
    relation_questions,
    share_of_both_right,
    share_unmoved,
    sides_exchanged,
    things_of_caption,
)
from multimodal.scene_metrics import scene_facts
from multimodal.scene_pairs import swapped


def test_hallucination_counts_things_and_captions():
    captions = ["two cats and a dog on a red background", "a cat", "a red background"]
    named = [nouns_of_caption(text) for text in captions]
    assert named == [{"cat", "dog"}, {"cat"}, set()]
    measured = hallucination(named, [{"cat"}, {"cat"}, {"bee"}])
    assert (measured.named, measured.wrong) == (3, 1)
    assert measured.of_things == pytest.approx(1 / 3)
    assert measured.of_captions == pytest.approx(1 / 3)


def test_who_names_nothing_hallucinates_nothing():
    measured = hallucination([set()], [{"cat"}])
    assert measured.of_things == measured.of_captions == 0


@pytest.mark.parametrize("there", [[], [{"cat"}, {"dog"}]])
def test_each_image_needs_one_caption(there):
    with pytest.raises(ValueError, match="give one of each image"):
        hallucination([{"cat"}] * (len(there) - 1) if there else [], there)


def test_captions_of_a_scene_hallucinate_nothing():
    for scene in EmojiScenes("train", 60):
        there = {thing.noun for thing in scene.graph.objects}
        for caption in scene.captions:
            assert nouns_of_caption(caption) == there


def test_things_of_photographs_are_found_by_their_other_words():
    text = "Two puppies run across a grassy field with a football."
    assert things_of_caption(text) == {"dog", "grass", "ball"}
    assert things_of_caption("a carpet for catalogues") == set()


def test_polling_asks_for_what_is_there_and_what_is_not():
    scenes = EmojiScenes("S0", 80)
    polled = polling_questions(scenes)
    assert [[question.kind for question in own] for own in polled] == (
        [["there", "not there"]] * 80
    )
    for scene, (present, missing) in zip(scenes, polled, strict=True):
        assert (present.answer, missing.answer) == ("yes", "no")
        named = [nouns_of_caption(q.text) for q in (present, missing)]
        nouns = {fact[1] for fact in scene_facts(scene.graph) if fact[0] == "object"}
        assert len(named[0]) == len(named[1]) == 1
        assert named[0] <= nouns and not named[1] & nouns
    assert polling_questions(scenes) == polled
    assert polling_questions(scenes, seed=1) != polled


def test_polling_can_ask_for_what_resembles():
    def resembling(noun):
        return [noun, "cat", "dog", "horse"]

    for scene, (_, missing) in zip(
        EmojiScenes("S0", 40),
        polling_questions(EmojiScenes("S0", 40), resembling),
        strict=True,
    ):
        nouns = {thing.noun for thing in scene.graph.objects}
        expected = next(n for n in ("cat", "dog", "horse") if n not in nouns)
        assert nouns_of_caption(missing.text) == {expected}


def test_polling_scores_by_hand():
    questions = [Question("there", "?", "yes"), Question("not there", "?", "no")] * 2
    scores = polling_scores(["Yes.", "yes", "no", "a cat"], questions)
    assert scores == {
        "accuracy": 0.5, "yes": 0.5, "precision": 0.5, "recall": 0.5, "F1": 0.5,
    }  # fmt: skip
    always = polling_scores(["yes"] * 4, questions)
    assert always["yes"] == always["recall"] == 1 and always["accuracy"] == 0.5
    never = polling_scores(["no"] * 4, questions)
    assert never["precision"] == never["F1"] == 0 and never["accuracy"] == 0.5


def test_the_table_of_counts_has_a_column_for_all_else():
    questions = [
        Question("how many", "How many cats are there?", count)
        for count in ("one", "two", "two", "three")
    ]
    table = count_table(["one", "Two.", "3", "many"], questions, most=3)
    assert table.tolist() == [[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]]


def test_of_two_questions_about_a_relation_one_is_right():
    scenes = [scene for scene in EmojiScenes("S0", 40) if scene.graph.relation]
    for scene in scenes:
        yes, no = relation_questions(scene)
        assert (yes.answer, no.answer) == ("yes", "no")
        assert scene.graph.relation.split()[0] in yes.text
        beside = scene.graph.relation in ("left of", "right of")
        assert yes.kind == no.kind == ("left or right" if beside else "above or below")
    questions = [q for scene in scenes for q in relation_questions(scene)]
    assert share_of_both_right(["yes"] * len(questions), questions) == 0
    assert share_of_both_right(["Yes", "no"] * len(scenes), questions) == 1
    half = ["yes", "no"] + ["no", "no"] * (len(scenes) - 1)
    assert share_of_both_right(half, questions) == pytest.approx(1 / len(scenes))


def test_unmoved_counts_only_what_should_have_moved():
    def questions(*answers):
        return [Question("what", "?", answer) for answer in answers]

    own, other = questions("cat", "dog", "bee"), questions("dog", "dog", "ant")
    share = share_unmoved(["cat", "dog", "Bee."], ["dog", "dog", "bee"], own, other)
    assert share == 0.5  # the bee stayed, the cat went; the dog had no reason to


def test_exchanged_sides_are_told_from_right_ones_and_from_others():
    scenes = [scene for scene in EmojiScenes("S0", 60) if scene.graph.relation][:20]
    graphs = [scene.graph for scene in scenes]
    for number in range(5):
        captions = [scene.captions[number] for scene in scenes]
        assert sides_exchanged(captions, graphs) == {"right": 20, "turned round": 0}
    wrong = [caption_scene(swapped(graph))[0] for graph in graphs]
    assert sides_exchanged(wrong, graphs) == {"right": 0, "turned round": 20}
    group = next(scene for scene in EmojiScenes("S0", 60) if not scene.graph.relation)
    assert sides_exchanged(["a cat to the left of a dog"], [group.graph]).total() == 0
    assert sides_exchanged(["a cat and a dog"], graphs[:1]).total() == 0
