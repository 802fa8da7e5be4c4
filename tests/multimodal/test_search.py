"""Search equals brute force and faiss, and what is said about it is measured right."""

from dataclasses import replace
from itertools import pairwise

import faiss
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from multimodal.emoji_scenes import EmojiScenes, SceneGraph, SceneObject
from multimodal.search import (
    InvertedFile,
    bytes_a_vector,
    code_products,
    decode,
    encode,
    exact_search,
    extend_cloud,
    found_share,
    kmeans,
    learn_codebooks,
    local_dimension,
    nearest_centroid,
    right_shares,
    scene_facts,
    search_milliseconds,
    serialised_bytes,
)


def unit_vectors(number: int, width: int = 16, seed: int = 0, rank: int = 0):
    """Random directions; with a rank, all within a subspace of that dimension."""
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.randn(number, rank or width, generator=generator)
    if rank:
        basis = torch.Generator().manual_seed(99)
        vectors = vectors @ torch.randn(rank, width, generator=basis)
    return F.normalize(vectors, dim=1)


@pytest.mark.parametrize("chunk_size", [1, 7, 50, 1000])
@pytest.mark.parametrize("k", [1, 10, 60])
def test_exact_search_tries_all_whatever_the_chunks(chunk_size, k):
    vectors, queries = unit_vectors(50), unit_vectors(4, seed=1)
    products, places = exact_search(queries, vectors, k, chunk_size)
    for row, query in enumerate(queries):
        by_hand = sorted(range(50), key=lambda i: -float(query @ vectors[i]))[:k]
        assert places[row].tolist() == by_hand
        expected = torch.stack([query @ vectors[i] for i in by_hand])
        torch.testing.assert_close(products[row], expected)


def test_exact_search_equals_the_exact_index_of_faiss():
    vectors, queries = unit_vectors(3000), unit_vectors(20, seed=1)
    index = faiss.IndexFlatIP(16)
    index.add(vectors.numpy())
    products, places = index.search(queries.numpy(), 10)
    ours = exact_search(queries, vectors, 10, chunk_size=700)
    assert torch.equal(ours[1], torch.from_numpy(places))
    torch.testing.assert_close(ours[0], torch.from_numpy(products))


def test_the_found_share_counts_true_neighbours_in_any_order():
    exact = torch.tensor([[1, 2, 3, 4], [5, 6, 7, 8]])
    found = torch.tensor([[4, 9, 1, -1], [5, 6, 7, 8]])
    assert found_share(found, exact) == (2 + 4) / 8
    more = torch.tensor([[4, 9, 1, 2, 3], [0, 0, 0, 0, 0]])  # of a longer list
    assert found_share(more, exact) == 0.5
    with pytest.raises(ValueError, match="same queries both times"):
        found_share(found[:1], exact)


def test_each_vector_goes_to_the_nearest_centroid():
    vectors = 3 * torch.randn(200, 5, generator=torch.Generator().manual_seed(0))
    centroids = torch.randn(9, 5, generator=torch.Generator().manual_seed(1))
    expected = torch.cdist(vectors, centroids).argmin(dim=1)
    assert torch.equal(nearest_centroid(vectors, centroids), expected)


def test_kmeans_finds_the_groups_that_are_there():
    corners = torch.tensor([[0.0, 0], [10, 0], [0, 10]])
    noise = torch.randn(300, 2, generator=torch.Generator().manual_seed(0))
    points = corners.repeat(100, 1) + 0.1 * noise
    found = min(
        (kmeans(points, 3, seed=seed) for seed in range(5)),
        key=lambda c: torch.cdist(points, c).amin(dim=1).sum(),
    )
    assert torch.cdist(corners, found).amin(dim=1).max() < 0.1
    means = points.reshape(100, 3, 2).mean(dim=0)
    assert torch.cdist(means, found).amin(dim=1).max() < 1e-4


def test_kmeans_lowers_the_distances_in_every_round():
    points = unit_vectors(500)
    errors = [
        torch.cdist(points, kmeans(points, 12, rounds)).amin(dim=1).square().sum()
        for rounds in range(6)
    ]
    assert all(later <= earlier for earlier, later in pairwise(errors))
    assert errors[-1] < 0.95 * errors[0]


def test_kmeans_keeps_an_empty_cell_and_unit_centroids():
    twice = torch.tensor([[1.0, 0], [1, 0], [0, 1]])
    centroids = kmeans(twice, 3)  # two start at the same place: one has no vector
    assert sorted(centroids.tolist()) == [[0, 1], [1, 0], [1, 0]]
    centroids = kmeans(unit_vectors(100), 5, unit=True)
    torch.testing.assert_close(centroids.norm(dim=1), torch.ones(5))
    with pytest.raises(ValueError, match="3 vectors can't fill 4 cells"):
        kmeans(twice, 4)


@pytest.mark.parametrize("probes", [1, 3, 12])
def test_the_inverted_file_equals_that_of_faiss_with_the_same_centroids(probes):
    vectors, queries = unit_vectors(600), unit_vectors(20, seed=1)
    centroids = kmeans(vectors, 12, unit=True)
    coarse = faiss.IndexFlatIP(16)
    coarse.add(centroids.numpy())
    index = faiss.IndexIVFFlat(coarse, 16, 12, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors.numpy())  # it takes the centroids that are there
    index.add(vectors.numpy())
    index.nprobe = probes
    products, places = index.search(queries.numpy(), 10)
    ours = InvertedFile(centroids, vectors).search(queries, 10, probes)
    assert torch.equal(ours[1], torch.from_numpy(places))
    torch.testing.assert_close(ours[0], torch.from_numpy(products))


def test_the_inverted_file_is_exact_with_all_cells_and_says_when_it_finds_too_few():
    vectors, queries = unit_vectors(60), unit_vectors(5, seed=1)
    inverted = InvertedFile(kmeans(vectors, 8, unit=True), vectors)
    exact = exact_search(queries, vectors, 10)[1]
    assert torch.equal(inverted.search(queries, 10, probes=8)[1], exact)
    products, places = inverted.search(queries, 40, probes=1)
    assert ((places == -1) == products.isinf()).all() and (places[:, -1] == -1).all()
    assert found_share(places, exact) < 1


def test_codes_are_the_nearest_centroids_and_products_those_of_the_decoded():
    vectors, queries = unit_vectors(300), unit_vectors(6, seed=1)
    books = learn_codebooks(vectors, parts=4, codes=16)
    codes = encode(vectors, books)
    assert books.shape == (4, 16, 4)
    assert codes.dtype == torch.uint8 and codes.shape == (300, 4)
    for part in range(4):
        piece = vectors[:, 4 * part : 4 * part + 4]
        nearest = torch.cdist(piece, books[part]).argmin(dim=1)
        assert torch.equal(codes[:, part].long(), nearest)
    products = code_products(queries, codes, books)
    torch.testing.assert_close(products, queries @ decode(codes, books).T)
    error = (vectors - decode(codes, books)).square().sum(dim=1).mean()
    rough = learn_codebooks(vectors, parts=2, codes=16)
    assert (
        error
        < (vectors - decode(encode(vectors, rough), rough)).square().sum(dim=1).mean()
    )


def test_product_quantisation_equals_that_of_faiss_with_the_same_codebooks():
    vectors, queries = unit_vectors(500), unit_vectors(6, seed=1)
    books = learn_codebooks(vectors, parts=4, codes=256)
    index = faiss.IndexPQ(16, 4, 8, faiss.METRIC_INNER_PRODUCT)
    faiss.copy_array_to_vector(books.numpy().ravel(), index.pq.centroids)
    index.is_trained = True
    index.add(vectors.numpy())
    theirs = faiss.vector_to_array(index.codes).reshape(500, 4)
    assert np.array_equal(theirs, encode(vectors, books).numpy())
    products, _ = index.search(queries.numpy(), 10)
    ours = code_products(queries, encode(vectors, books), books).topk(10).values
    torch.testing.assert_close(ours, torch.from_numpy(products), atol=1e-5, rtol=0)


def test_an_extended_cloud_keeps_the_given_vectors_and_their_neighbourhoods():
    given, others = unit_vectors(2000, rank=4), unit_vectors(200, seed=1, rank=4)
    cloud = extend_cloud(given, 6000, chunk_size=999)
    assert torch.equal(cloud[:2000], given)
    torch.testing.assert_close(cloud.norm(dim=1), torch.ones(6000))
    assert torch.equal(cloud, extend_cloud(given, 6000, chunk_size=999))
    assert not torch.equal(cloud, extend_cloud(given, 6000, seed=1, chunk_size=999))
    made = cloud[4000:]  # 2,000 of them, to be compared with the 2,000 given
    random = unit_vectors(2000, seed=2)  # without structure
    of_given, of_made, of_random = (
        (2 - 2 * exact_search(others, pool, 10)[0][:, -1]).sqrt().median()
        for pool in (given, made, random)
    )
    assert 0.8 < of_made / of_given < 1.3
    assert of_random > 2 * of_made


def test_noise_of_an_extended_cloud_has_the_spread_that_was_asked_for():
    given = unit_vectors(1, width=64).repeat(40, 1)
    given = F.normalize(given + 0.01 * unit_vectors(40, width=64, seed=3), dim=1)
    cloud = extend_cloud(given, 20_040, neighbours=39, spread=0.5)[40:]
    new = (cloud - cloud.mean(dim=0)).square().sum(dim=1).mean()
    old = (given - given.mean(dim=0)).square().sum(dim=1).mean()
    # the origins' own variance, and 0.25 of that around an origin, which is twice it
    assert new / old == pytest.approx(1 + 0.25 * 2, rel=0.1)


@pytest.mark.parametrize("rank", [2, 5])
def test_the_local_dimension_is_that_of_the_directions_there_are(rank):
    vectors = unit_vectors(40_000, width=32, rank=rank + 1)  # a sphere: one less
    queries = unit_vectors(200, width=32, seed=1, rank=rank + 1)
    estimate = local_dimension(exact_search(queries, vectors, 50)[0]).median()
    assert estimate == pytest.approx(rank, rel=0.15)


@pytest.mark.parametrize("width", [16, 64])
def test_the_formula_for_memory_agrees_with_the_indices_of_faiss(width):
    vectors = unit_vectors(20_000, width).numpy()
    inner = faiss.METRIC_INNER_PRODUCT
    expected = bytes_a_vector(width, links=8, parts=4)
    coarse = faiss.IndexFlatIP(width)
    indices = {
        "exact": faiss.IndexFlatIP(width),
        "IVF": faiss.IndexIVFFlat(coarse, width, 4, inner),
        "HNSW": faiss.IndexHNSWFlat(width, 8, inner),
        "IVF-PQ": faiss.IndexIVFPQ(coarse, width, 4, 4, 4, inner),
    }
    assert expected.keys() == indices.keys()
    for name, index in indices.items():
        index.train(vectors[:1000])
        index.add(vectors[:10_000])
        half = serialised_bytes(index)
        index.add(vectors[10_000:])
        measured = (serialised_bytes(index) - half) / 10_000
        if name == "IVF-PQ":  # the codes here have 4 bits, not 8
            measured += 2
        assert measured == pytest.approx(expected[name], rel=0.01)


def test_serialised_bytes_are_those_of_the_file(tmp_path):
    index = faiss.index_factory(16, "HNSW8,Flat")
    index.add(unit_vectors(5000).numpy())
    faiss.write_index(index, str(tmp_path / "index"))
    assert serialised_bytes(index) == (tmp_path / "index").stat().st_size


def test_queries_are_timed_one_at_a_time():
    shapes = []
    queries = unit_vectors(9)
    milliseconds = search_milliseconds(lambda q: shapes.append(q.shape), queries)
    assert shapes == [(1, 16)] * 9 and 0 < milliseconds < 1000


def pair(first: str, relation: str, second: str, background="red") -> SceneGraph:
    boxes = (SceneObject(first, 0, 0, 20), SceneObject(second, 40, 40, 20))
    return SceneGraph("twemoji", background, boxes, relation)


def test_facts_are_equal_for_captions_that_mean_the_same():
    here, mirrored = pair("cat", "left of", "dog"), pair("dog", "right of", "cat")
    assert scene_facts(here) == scene_facts(mirrored)
    above, below = pair("cat", "above", "dog"), pair("dog", "below", "cat")
    assert scene_facts(above) == scene_facts(below)
    other = scene_facts(pair("dog", "left of", "cat"))
    assert other["things"] == scene_facts(here)["things"]
    assert other["arrangement"] != scene_facts(here)["arrangement"]
    assert scene_facts(here)["all"] != scene_facts(pair("cat", "above", "dog"))["all"]
    one = SceneGraph("twemoji", "red", (SceneObject("cat", 0, 0, 20),))
    two = replace(one, objects=one.objects * 2)
    assert scene_facts(one)["things"] == scene_facts(two)["things"]
    assert scene_facts(one)["all"] != scene_facts(two)["all"]
    assert scene_facts(one)["arrangement"] != scene_facts(here)["arrangement"]


def test_right_shares_equal_a_count_by_hand():
    graphs = [scene.graph for scene in EmojiScenes("S0", 300)]
    pool, queries = graphs[:200], graphs[200:]
    hits = torch.randint(200, (100, 5), generator=torch.Generator().manual_seed(0))
    shares = right_shares(queries, pool, hits)
    assert set(shares) == {"things", "arrangement", "background", "all"}
    for name, (share, chance) in shares.items():
        same = [
            [scene_facts(query)[name] == scene_facts(one)[name] for one in pool]
            for query in queries
        ]
        right = [same[q][hit] for q in range(100) for hit in hits[q].tolist()]
        assert share == pytest.approx(sum(right) / 500)
        assert chance == pytest.approx(sum(map(sum, same)) / 20_000, abs=1e-6)
    own = right_shares(pool, pool, torch.arange(200)[:, None])
    assert all(share == 1 for share, _ in own.values())
