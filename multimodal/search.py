"""Search among many vectors: exactly, by cells, by codes, and what it costs."""

import time
from collections.abc import Callable, Hashable, Sequence

import faiss
import torch
from torch import Tensor
from torch.nn import functional as F

from multimodal.emoji_scenes import OPPOSITE, SceneGraph


def exact_search(
    queries: Tensor, vectors: Tensor, k: int, chunk_size: int = 100_000
) -> tuple[Tensor, Tensor]:
    """Find the k vectors with the largest inner product, by trying them all.

    Args:
        queries: (queries, width).
        vectors: (vectors, width); unit vectors make the inner product a cosine.
        k: how many to find; all, if there are fewer.
        chunk_size: vectors compared at a time; it bounds the memory, and the result
            does not depend on it.
    Returns:
        The inner products, largest first, and the places in `vectors`, both
        (queries, k).
    """
    best = queries.new_empty(len(queries), 0)
    places = torch.empty(len(queries), 0, dtype=torch.int64)
    for start in range(0, len(vectors), chunk_size):
        products = queries @ vectors[start : start + chunk_size].T
        number = torch.arange(start, start + products.shape[1])
        best = torch.cat([best, products], dim=1)
        places = torch.cat([places, number.expand(len(queries), -1)], dim=1)
        best, order = best.topk(min(k, best.shape[1]), dim=1)
        places = places.gather(1, order)
    return best, places


def found_share(found: Tensor, exact: Tensor) -> float:
    """Give the recall of an approximate search: the share of true neighbours found.

    Args:
        found: places that it gave, (queries, any number); -1 means none.
        exact: places of the true k nearest, (queries, k), from an exact search.
    Raises:
        ValueError: the two are answers to different numbers of queries.
    """
    if len(found) != len(exact):
        raise ValueError(
            f"{len(found)} answers can't be compared with {len(exact)} exact ones: "
            "search for the same queries both times"
        )
    return (exact[:, :, None] == found[:, None, :]).any(dim=2).float().mean().item()


def kmeans(
    vectors: Tensor, number: int, rounds: int = 10, seed: int = 0, unit: bool = False
) -> Tensor:
    """Find centroids such that each vector has one nearby (Lloyd's algorithm).

    Args:
        vectors: (vectors, width).
        number: of centroids, at most as many as vectors.
        rounds: of assigning the vectors and moving the centroids.
        seed: chooses the vectors that the centroids start from.
        unit: whether to keep the centroids at length 1, for cosines.
    Returns:
        (number, width).
    Raises:
        ValueError: there are fewer vectors than centroids.
    """
    if number > len(vectors):
        raise ValueError(f"{len(vectors)} vectors can't fill {number} cells")
    generator = torch.Generator().manual_seed(seed)
    centroids = vectors[torch.randperm(len(vectors), generator=generator)[:number]]
    for _ in range(rounds):
        cell = nearest_centroid(vectors, centroids)
        sums = torch.zeros_like(centroids).index_add_(0, cell, vectors)
        counts = cell.bincount(minlength=number)[:, None]
        centroids = torch.where(counts > 0, sums / counts.clamp_min(1), centroids)
        centroids = F.normalize(centroids, dim=1) if unit else centroids
    return centroids


def nearest_centroid(vectors: Tensor, centroids: Tensor) -> Tensor:
    """Give the number of the centroid at the smallest distance, (vectors,).

    The squared distance is |x|^2 - 2 (x c - |c|^2 / 2), and |x|^2 is the same for all.
    """
    products = vectors @ centroids.T
    return (products - centroids.square().sum(dim=1) / 2).argmax(dim=1)


class InvertedFile:
    """Search only the cells whose centroids are nearest to a query (IVF).

    Args:
        centroids: (cells, width), for example from `kmeans`.
        vectors: (vectors, width), to be searched; each goes into its nearest cell.
    """

    def __init__(self, centroids: Tensor, vectors: Tensor):
        self.centroids, self.vectors = centroids, vectors
        cells = (vectors @ centroids.T).argmax(dim=1)
        self.lists = [(cells == cell).nonzero()[:, 0] for cell in range(len(centroids))]

    def search(self, queries: Tensor, k: int, probes: int) -> tuple[Tensor, Tensor]:
        """Find k vectors of the `probes` nearest cells for each query.

        Returns:
            Inner products and places, (queries, k); where the cells hold fewer than k
            vectors, minus infinity and -1.
        """
        nearest = (queries @ self.centroids.T).topk(probes, dim=1).indices
        products = torch.full((len(queries), k), -torch.inf)
        places = torch.full((len(queries), k), -1)
        for row, cells in enumerate(nearest):
            candidates = torch.cat([self.lists[cell] for cell in cells])
            best = (self.vectors[candidates] @ queries[row]).topk(
                min(k, len(candidates))
            )
            products[row, : len(best.values)] = best.values
            places[row, : len(best.values)] = candidates[best.indices]
        return products, places


def learn_codebooks(
    vectors: Tensor, parts: int, codes: int = 256, rounds: int = 10, seed: int = 0
) -> Tensor:
    """Learn the centroids of product quantisation (Jégou et al., 2011).

    Args:
        vectors: (vectors, width).
        parts: pieces that each vector is cut into; divides the width.
        codes: centroids for each piece, at most 256.
        rounds, seed: of `kmeans`.
    Returns:
        (parts, codes, width / parts).
    """
    pieces = vectors.unflatten(1, (parts, -1)).unbind(dim=1)
    return torch.stack([kmeans(piece, codes, rounds, seed) for piece in pieces])


def encode(vectors: Tensor, codebooks: Tensor) -> Tensor:
    """Replace each piece of each vector by the number of its nearest centroid.

    Returns:
        uint8 (vectors, parts): one byte for each piece.
    """
    pieces = vectors.unflatten(1, codebooks.shape[::2]).unbind(dim=1)
    pairs = zip(pieces, codebooks, strict=True)
    return torch.stack([nearest_centroid(*pair) for pair in pairs], dim=1).byte()


def decode(codes: Tensor, codebooks: Tensor) -> Tensor:
    """Put the centroids of a vector's codes side by side: (vectors, width)."""
    pieces = [book[code] for book, code in zip(codebooks, codes.T.long(), strict=True)]
    return torch.cat(pieces, dim=1)


def code_products(queries: Tensor, codes: Tensor, codebooks: Tensor) -> Tensor:
    """Compare queries with encoded vectors, without decoding them.

    The products of a query's pieces with all centroids are computed once; a vector's
    inner product is then a sum of table entries, one for each of its codes.

    Args:
        queries: (queries, width).
        codes: uint8 (vectors, parts).
        codebooks: (parts, codes, width / parts).
    Returns:
        (queries, vectors), the inner products with the decoded vectors.
    """
    pieces = queries.unflatten(1, codebooks.shape[::2])
    tables = torch.einsum("qpw,pcw->pqc", pieces, codebooks)
    products = torch.zeros(len(queries), len(codes))
    for table, code in zip(tables, codes.T.long(), strict=True):
        products += table[:, code]
    return products


def extend_cloud(
    vectors: Tensor,
    number: int,
    neighbours: int = 10,
    spread: float = 0.5,
    seed: int = 0,
    chunk_size: int = 50_000,
) -> Tensor:
    """Make many unit vectors that lie as the given ones do, by local noise.

    A new vector starts at a given one and moves at random in the directions of that
    one's nearest neighbours: a sample of a normal distribution whose covariance is
    `spread` squared times that of the neighbours around it.

    Args:
        vectors: unit vectors (vectors, width); the first ones of the result.
        number: of vectors wanted, the given ones included.
        neighbours: that give the directions.
        spread: how far to move, in units of the distance to the neighbours.
        seed: draws the starting points and the noise.
        chunk_size: vectors made at a time.
    Returns:
        (number, width).
    """
    generator = torch.Generator().manual_seed(seed)
    nearest = exact_search(vectors, vectors, neighbours + 1, 1000)[1][:, 1:]
    extended = torch.empty(number, vectors.shape[1])
    extended[: len(vectors)] = vectors[:number]
    for start in range(len(vectors), number, chunk_size):
        size = min(chunk_size, number - start)
        origin = torch.randint(len(vectors), (size,), generator=generator)
        weights = torch.randn(size, neighbours, generator=generator)
        weights *= spread / neighbours**0.5
        moved = vectors[origin] * (1 - weights.sum(dim=1, keepdim=True))
        for column in range(neighbours):
            moved += weights[:, column, None] * vectors[nearest[origin, column]]
        extended[start : start + size] = F.normalize(moved, dim=1)
    return extended


def local_dimension(products: Tensor) -> Tensor:
    """Estimate in how many directions the vectors around each query spread.

    This is the maximum-likelihood estimate of Levina and Bickel (2004): in d
    dimensions, the number of neighbours grows like distance to the power of d.

    Args:
        products: of unit queries with their k nearest unit vectors, largest first,
            (queries, k).
    Returns:
        (queries,).
    """
    distances = (2 - 2 * products).clamp_min(1e-9).sqrt()
    return 1 / (distances[:, -1:] / distances[:, :-1]).log().mean(dim=1)


def bytes_a_vector(width: int, links: int = 16, parts: int = 32) -> dict[str, float]:
    """Say what one vector costs in four kinds of index of faiss.

    A number takes 4 bytes, a vector's own number in a cell 8, and a link 4. In the
    lowest layer of HNSW each vector has `2 * links` links; it is on `1 / (links - 1)`
    further layers on average, with `links` on each, and 12 bytes tell where they are.
    What does not grow with the vectors, as centroids and codebooks, is left out.

    Args:
        width: numbers in a vector.
        links: of HNSW, its M.
        parts: bytes of a code.
    """
    graph = 8 * links + 4 * links / (links - 1) + 12
    return {
        "exact": 4.0 * width,
        "IVF": 4.0 * width + 8,
        "HNSW": 4.0 * width + graph,
        "IVF-PQ": parts + 8.0,
    }


def serialised_bytes(index: faiss.Index) -> int:
    """Count the bytes that an index of faiss takes in a file, without writing one."""
    total = 0

    def count(block: bytes) -> int:
        nonlocal total
        total += len(block)
        return len(block)

    faiss.write_index(index, faiss.PyCallbackIOWriter(count))
    return total


def search_milliseconds(search: Callable[[Tensor], object], queries: Tensor) -> float:
    """Time queries that come one at a time, and give the median in milliseconds."""
    times = []
    for query in queries.split(1):
        start = time.perf_counter()
        search(query)
        times.append(time.perf_counter() - start)
    return 1000 * torch.tensor(times).median().item()


def scene_facts(graph: SceneGraph) -> dict[str, Hashable]:
    """Give what a caption says about a scene, equal for captions that mean the same.

    Returns:
        `things`, the nouns; `arrangement`, how many or which is where; `background`;
        and `all`, the three together.
    """
    first, second = graph.objects[0].noun, graph.objects[-1].noun
    arrangement = len(graph.objects)
    if graph.relation is not None:
        arrangement = (graph.relation, first)
        if graph.relation in ("right of", "below"):  # say it from the other side
            arrangement = (OPPOSITE[graph.relation], second)
    things = frozenset((first, second))
    return {
        "things": things,
        "arrangement": arrangement,
        "background": graph.background,
        "all": (things, arrangement, graph.background),
    }


def right_shares(
    query_graphs: Sequence[SceneGraph], pool_graphs: Sequence[SceneGraph], hits: Tensor
) -> dict[str, tuple[float, float]]:
    """Tell how often what was found has the facts of the query, beside chance.

    Args:
        query_graphs: of the queries, or of the scenes that their texts describe.
        pool_graphs: of what was searched.
        hits: places in the pool, (queries, k).
    Returns:
        For each of the `scene_facts`: the share of hits with the query's fact, and
        the share of the whole pool with it, both averaged over the queries.
    """
    wanted = [scene_facts(graph) for graph in query_graphs]
    pool = [scene_facts(graph) for graph in pool_graphs]
    shares = {}
    for name in wanted[0]:
        numbers: dict[Hashable, int] = {}
        have = torch.tensor([numbers.setdefault(f[name], len(numbers)) for f in pool])
        want = torch.tensor([numbers.get(f[name], -1) for f in wanted])
        right = (have[hits] == want[:, None]).float().mean().item()
        frequent = have.bincount()[want].where(want >= 0, 0) / len(have)
        shares[name] = (right, frequent.mean().item())
    return shares
