"""Streamed pairs are right, repeatable and shared out; scenes are judged fairly."""

import zlib
from collections import Counter

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from multimodal import scene_pairs
from multimodal.emoji_scenes import (
    KINDS,
    STYLES,
    EmojiScenes,
    SceneGraph,
    SceneObject,
    caption_scene,
    is_held_out_triple,
    layout_split,
    render,
)
from multimodal.retrieval import chance_recall
from multimodal.scene_pairs import (
    BatchStream,
    ScenePairBatches,
    add_twins,
    embed_images,
    embed_texts,
    evaluate_split,
    may_be_swapped,
    same_caption,
    scene_tensors,
    swapped,
)
from multimodal.tokenizer import Tokenizer

CAPTIONS = [text for scene in EmojiScenes("train", 60) for text in scene.captions]
TOKENIZER = Tokenizer.learn(CAPTIONS, 80)


def triple(graph: SceneGraph) -> tuple[str, str, str]:
    first, second = graph.objects
    return first.noun, graph.relation, second.noun


def batches(batch_size: int = 16, **options) -> ScenePairBatches:
    return ScenePairBatches(TOKENIZER, batch_size, **{"twins": 0.25} | options)


def recorded(monkeypatch) -> list[list[SceneGraph]]:
    """The scenes of each batch that is made from now on."""
    seen = []

    def add(graphs, twins):
        seen.append(add_twins(graphs, twins))
        return seen[-1]

    monkeypatch.setattr(scene_pairs, "add_twins", add)
    return seen


def test_swapping_exchanges_the_nouns_and_nothing_else():
    graph = SceneGraph(
        "twemoji",
        "red",
        (SceneObject("cat", 2, 8, 24), SceneObject("key", 36, 9, 26)),
        "left of",
    )
    twin = swapped(graph)
    assert twin.objects == (SceneObject("key", 2, 8, 24), SceneObject("cat", 36, 9, 26))
    assert (twin.style, twin.background, twin.relation) == ("twemoji", "red", "left of")
    assert caption_scene(twin)[0] == "a key to the left of a cat on a red background"
    assert swapped(twin) == graph and twin.layout() == graph.layout()
    with pytest.raises(ValueError, match="only the two objects of a pair"):
        swapped(EmojiScenes("train", 1, kinds=("group",))[0].graph)


def test_a_scene_whose_swapped_form_is_held_out_has_no_twin():
    pairs = [scene.graph for scene in EmojiScenes("train", 800, kinds=("pair",))]
    allowed = [graph for graph in pairs if may_be_swapped(graph)]
    assert 0.8 < len(allowed) / len(pairs) < 0.97  # one triple in ten is held out
    assert not any(is_held_out_triple(*triple(swapped(graph))) for graph in allowed)
    others = [graph for graph in pairs if not may_be_swapped(graph)]
    assert all(is_held_out_triple(*triple(swapped(graph))) for graph in others)
    groups = EmojiScenes("train", 20, kinds=("single", "group"))
    assert not any(may_be_swapped(scene.graph) for scene in groups)


def test_twins_stand_beside_their_originals_in_place_of_other_scenes():
    graphs = [scene.graph for scene in EmojiScenes("train", 40, kinds=KINDS)]
    mixed = add_twins(graphs, 10)
    first_pairs = [graph for graph in graphs[:30] if may_be_swapped(graph)][:10]
    twins = [swapped(graph) for graph in first_pairs]
    assert 5 < len(twins) <= 10 and len(mixed) == 40
    assert mixed[:30] == graphs[:30]
    assert mixed[30 : 30 + len(twins)] == twins
    assert mixed[30 + len(twins) :] == graphs[30 + len(twins) :]
    assert add_twins(graphs, 0) == graphs
    groups = [scene.graph for scene in EmojiScenes("train", 8, kinds=("group",))]
    assert add_twins(groups, 4) == groups  # none can be swapped


@pytest.mark.parametrize("split", ["train", "validation"])
def test_batches_never_show_what_is_held_out(split, monkeypatch):
    """Twins included: else the test of unseen triples would be of seen ones."""
    seen = recorded(monkeypatch)
    source = batches(64, split=split, kinds=KINDS)
    for step in range(6):
        source[step]
    graphs = [graph for batch in seen for graph in batch]
    assert len(graphs) == 6 * 64
    assert all(layout_split(graph.layout()) == split for graph in graphs)
    pairs = [graph for graph in graphs if graph.relation]
    assert not any(is_held_out_triple(*triple(graph)) for graph in pairs)
    originals = {graph.to_json() for graph in pairs}
    twinned = [graph for graph in pairs if swapped(graph).to_json() in originals]
    assert len(twinned) > 2 * 6 * 10  # at least 10 of 16 twins, and their originals


def test_an_image_and_a_caption_of_a_row_are_of_the_same_scene(monkeypatch):
    seen = recorded(monkeypatch)
    images, ids = batches(twins=0.5)[3]
    assert images.dtype == torch.uint8 and images.shape == (16, 3, 64, 64)
    assert ids.dtype == torch.int64 and len(ids) == 16
    (graphs,) = seen
    for graph, image, row in zip(graphs, images, ids, strict=True):
        np.testing.assert_array_equal(image.permute(1, 2, 0).numpy(), render(graph))
        cut = int((row == TOKENIZER.end_id).int().argmax()) + 1
        wordings = [TOKENIZER.encode(caption) for caption in caption_scene(graph)]
        assert row[:cut].tolist() in wordings


def test_every_wording_is_used(monkeypatch):
    seen, used = recorded(monkeypatch), Counter()
    _, ids = batches(200)[0]
    for graph, row in zip(seen[0], ids, strict=True):
        text = TOKENIZER.decode(row.tolist())
        wordings = [
            TOKENIZER.decode(TOKENIZER.encode(text)) for text in caption_scene(graph)
        ]
        used[wordings.index(text)] += 1
    assert len(used) == 5 and min(used.values()) > 20


def equal(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_batch_depends_on_its_number_and_the_seed_alone():
    source = batches()
    fifth = source[5]
    source[0]
    assert equal(source[5], fifth) and equal(batches()[5], fifth)
    assert not torch.equal(source[6][0], fifth[0])
    assert not torch.equal(batches(seed=1)[5][0], fifth[0])


def test_no_scene_comes_twice_unless_as_a_twin(monkeypatch):
    seen = recorded(monkeypatch)
    source = batches(32, twins=0.0)
    for step in range(8):
        source[step]
    names = [graph.digest() for batch in seen for graph in batch]
    assert len(set(names)) == 8 * 32


@pytest.mark.parametrize("processes", [2, 3])
def test_processes_share_a_batch_without_overlap(processes):
    images, ids = batches()[4]
    for rank in range(processes):
        own_images, own_ids = batches(rank=rank, processes=processes)[4]
        assert torch.equal(own_images, images[rank::processes])
        assert torch.equal(own_ids, ids[rank::processes])


@pytest.mark.parametrize("workers", [0, 2])
def test_a_stream_gives_the_batches_in_order_from_any_step(workers):
    source = batches(4)
    stream = BatchStream(source, steps=7, workers=workers)
    for step in (3, 4, 5, 6):  # as after an interruption
        assert equal(stream(step), source[step])
    for step in (1, 2):  # back again
        assert equal(stream(step), source[step])


def test_styles_and_kinds_reach_the_scenes(monkeypatch):
    seen = recorded(monkeypatch)
    batches(twins=0.0, kinds=("single",), styles=(STYLES[-1],))[0]
    assert {graph.style for graph in seen[0]} == {STYLES[-1]}
    assert all(len(graph.objects) == 1 for graph in seen[0])


def test_captions_are_compared_with_all_others():
    captions = ["a", "b", "a", "c", "b", "a"]
    expected = [[one == other for other in captions] for one in captions]
    assert same_caption(captions).tolist() == expected


class Oracle(nn.Module):
    """Knows what each image shows, and embeds it as a vector drawn for its caption.

    Args:
        knows: "everything", "nothing" (all vectors are the same), or "words" (it
            sees which words there are, in whatever order).
    """

    def __init__(self, knows: str):
        super().__init__()
        self.logit_scale = nn.Parameter(torch.tensor(0.0))
        self.knows, self.caption_of = knows, {}

    def learn(self, split: str, scenes: int) -> None:
        graphs = [scene.graph for scene in EmojiScenes(split, scenes)]
        for image, graph in zip(scene_tensors(graphs), graphs, strict=True):
            self.caption_of[image.numpy().tobytes()] = caption_scene(graph)[0]

    def embed(self, text: str) -> Tensor:
        if self.knows == "nothing":
            return torch.ones(64) / 8
        if self.knows == "words":
            text = " ".join(sorted(text.split()))
        generator = torch.Generator().manual_seed(zlib.crc32(text.encode()))
        return nn.functional.normalize(torch.randn(64, generator=generator), dim=0)

    def encode_image(self, images: Tensor) -> Tensor:
        assert not self.training
        data = ((images + 1) * 127.5).round().to(torch.uint8).numpy()
        return torch.stack([self.embed(self.caption_of[d.tobytes()]) for d in data])

    def encode_text(self, ids: Tensor) -> Tensor:
        assert not self.training
        return torch.stack([self.embed(TOKENIZER.decode(row.tolist())) for row in ids])


@pytest.mark.parametrize("split", ["S0", "S2"])
def test_who_knows_the_answers_gets_full_marks_and_who_does_not_gets_none(split):
    oracle = Oracle("everything").train()
    oracle.learn(split, 60)
    measured = evaluate_split(oracle, TOKENIZER, split, pool=60)
    for way in ("i2t", "t2i"):
        assert [measured[f"{way} R@{k}"] for k in (1, 5, 10)] == [1, 1, 1]
        assert measured[f"{way} median rank"] == 1
    assert measured["swap accuracy"] == 1

    ignorant = Oracle("nothing")
    ignorant.learn(split, 60)
    measured = evaluate_split(ignorant, TOKENIZER, split, pool=60)
    assert measured["i2t R@1"] == measured["t2i R@10"] == 0
    assert measured["i2t median rank"] > 50
    assert measured["swap accuracy"] == 0  # it must be nearer, not as near


def test_a_bag_of_words_finds_its_caption_and_fails_the_swap_test():
    """The words of both captions are the same: no vector of them can be nearer."""
    bag = Oracle("words")
    bag.learn("S0", 60)
    measured = evaluate_split(bag, TOKENIZER, "S0", pool=60)
    assert measured["i2t R@1"] > 0.95 and measured["swap accuracy"] == 0


def test_a_split_without_pairs_has_no_swap_test():
    oracle = Oracle("everything")
    oracle.learn("S3", 20)
    assert "swap accuracy" not in evaluate_split(oracle, TOKENIZER, "S3", pool=20)


def test_scenes_with_equal_captions_answer_each_other(monkeypatch):
    """A pool in which every scene comes twice: either caption is right."""
    few = EmojiScenes("S0", 10)[:] * 2
    monkeypatch.setattr(scene_pairs, "EmojiScenes", lambda split, size: few[:size])
    oracle = Oracle("everything")
    oracle.learn("S0", 10)
    assert evaluate_split(oracle, TOKENIZER, "S0", pool=20)["i2t R@1"] == 1
    captions = [scene.captions[0] for scene in few]
    assert chance_recall(same_caption(captions), 1) == pytest.approx(2 / 20)


def test_embeddings_need_no_particular_batch_size():
    oracle = Oracle("everything").train()
    oracle.learn("S0", 7)
    graphs = [scene.graph for scene in EmojiScenes("S0", 7)]
    images, texts = scene_tensors(graphs), [caption_scene(graph)[0] for graph in graphs]
    for size in (1, 3, 7, 100):
        by_image = embed_images(oracle.train(), images, size)
        by_text = embed_texts(oracle.train(), TOKENIZER, texts, size)
        torch.testing.assert_close(by_image, by_text)
        assert by_image.shape == (7, 64)
