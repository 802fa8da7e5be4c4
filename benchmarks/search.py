"""Compare exact and approximate search among a million vectors, on this machine.

    python benchmarks/search.py [--vectors 1000000] [--threads 1] [--out FILE]

Three parts. First, how well vectors made by `extend_cloud` stand in for embeddings of
scenes, with as many real ones (`--real`). Second, build time, memory, recall@10 against
exact search and latency of four kinds of index among `--vectors` vectors, for queries
that are images and queries that are texts. Third, images that look for their caption
among `--captions` different captions, all of them embedded by the text tower.
"""

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import faiss
import torch
from torch import Tensor
from tqdm import tqdm

from multimodal.checkpoints import course_weights, device_name
from multimodal.clip import CLIP
from multimodal.emoji_scenes import EmojiScenes, SceneGraph, caption_scene
from multimodal.scene_pairs import embed_images, embed_texts, scene_tensors
from multimodal.search import (
    bytes_a_vector,
    exact_search,
    extend_cloud,
    found_share,
    local_dimension,
    right_shares,
    search_milliseconds,
    serialised_bytes,
)
from multimodal.tokenizer import Tokenizer

K = 10
INNER = faiss.METRIC_INNER_PRODUCT
PROBES = [1, 2, 4, 8, 16, 32, 64]
SETTINGS = {  # of each index: what trades recall for speed, and values for it
    "exact": (None, [None]),
    "IVF": ("nprobe", PROBES),
    "IVF-PQ": ("nprobe", PROBES),
    "HNSW": ("efSearch", [10, 16, 32, 64, 128, 256]),
}


def graphs_of(split: str, number: int, seed: int) -> list[SceneGraph]:
    """Draw scenes without painting them."""
    return [scene.graph for scene in EmojiScenes(split, number, seed)]


def embed_graphs(model: CLIP, graphs: list[SceneGraph]) -> Tensor:
    """Paint and embed scenes, some at a time."""
    starts = tqdm(range(0, len(graphs), 1000), desc="scenes", disable=None)
    return torch.cat(
        [embed_images(model, scene_tensors(graphs[i : i + 1000])) for i in starts]
    )


def widen(vectors: Tensor, width: int) -> Tensor:
    """Make vectors longer without changing their inner products, by a rotation."""
    generator = torch.Generator().manual_seed(0)
    rotation = torch.linalg.qr(torch.randn(width, width, generator=generator)).Q
    return vectors @ rotation[: vectors.shape[1]]


def learn_cells(vectors: Tensor, cells: int) -> faiss.IndexFlatIP:
    """Learn centroids from some of the vectors."""
    coarse = faiss.IndexFlatIP(vectors.shape[1])
    index = faiss.IndexIVFFlat(coarse, vectors.shape[1], cells, INNER)
    index.cp.niter, index.cp.max_points_per_centroid = 10, 64
    index.cp.spherical = True
    index.train(vectors[-64 * cells :].numpy())
    return coarse


def build(name: str, vectors: Tensor, coarse: faiss.Index, parts: int) -> faiss.Index:
    """Build one kind of index; those with cells take the centroids in `coarse`."""
    width, array = vectors.shape[1], vectors.numpy()
    if name == "exact":
        index = faiss.IndexFlatIP(width)
    elif name == "IVF":
        index = faiss.IndexIVFFlat(coarse, width, coarse.ntotal, INNER)
    elif name == "IVF-PQ":
        index = faiss.IndexIVFPQ(coarse, width, coarse.ntotal, parts, 8, INNER)
        index.pq.cp.niter = 10
    else:
        index = faiss.IndexHNSWFlat(width, 16, INNER)
        index.hnsw.efConstruction = 40
    index.train(array[-16384:])
    index.add(array)
    return index


def set_parameter(index: faiss.Index, name: str | None, value: int | None) -> None:
    """Set `nprobe` or `efSearch`."""
    if name == "efSearch":
        index.hnsw.efSearch = value
    elif name == "nprobe":
        index.nprobe = value


def places_found(index: faiss.Index, queries: Tensor) -> Tensor:
    """Give what an index finds."""
    return torch.from_numpy(index.search(queries.numpy(), K)[1])


def reranked(
    index: faiss.Index, vectors: Tensor, candidates: int, queries: Tensor
) -> Tensor:
    """Search by codes, then order the candidates by their true inner products."""
    places = torch.from_numpy(index.search(queries.numpy(), candidates)[1])
    products = torch.einsum("qw,qcw->qc", queries, vectors[places.clamp_min(0)])
    products = products.masked_fill(places < 0, -torch.inf)
    return places.gather(1, products.topk(K, dim=1).indices)


def measure_search(search: Callable, queries: dict, exact: dict) -> dict:
    """Measure recall against exact search, and latency, for each kind of query."""
    row = {}
    for kind, vectors in queries.items():
        start = time.perf_counter()
        found = search(vectors)
        batch = time.perf_counter() - start
        row[f"{kind} recall"] = found_share(found, exact[kind])
        row[f"{kind} ms alone"] = search_milliseconds(search, vectors[:200])
        row[f"{kind} ms in a batch"] = 1000 * batch / len(vectors)
    return row


def compare_indices(
    vectors: Tensor, queries: dict[str, Tensor], cells: int, parts: int
) -> list[dict]:
    """Measure each index at each setting, against exact search."""
    start = time.perf_counter()
    coarse = learn_cells(vectors, cells)
    learning = time.perf_counter() - start
    rows, exact = [], {}
    for name, (parameter, values) in SETTINGS.items():
        start = time.perf_counter()
        index = build(name, vectors, coarse, parts)
        seconds = time.perf_counter() - start + learning * ("IVF" in name)
        fixed = {
            "index": name,
            "seconds to build": seconds,
            "bytes a vector": serialised_bytes(index) / len(vectors),
            "formula": bytes_a_vector(vectors.shape[1], 16, parts)[name],
        }
        searches = {name: partial(places_found, index)}
        if name == "exact":
            exact = {kind: searches[name](group) for kind, group in queries.items()}
        elif name == "IVF-PQ":
            searches["IVF-PQ, 100 re-ranked"] = partial(reranked, index, vectors, 100)
        for value in values:
            set_parameter(index, parameter, value)
            for shown, search in searches.items():
                row = fixed | {"index": shown, "parameter": parameter, "value": value}
                rows.append(row | measure_search(search, queries, exact))
                print_row(rows[-1])
        del index, searches, search  # the next one is measured without it
    return rows


def print_row(row: dict) -> None:
    """Print a setting of an index as one line."""
    setting = f"{row['parameter']}={row['value']}" if row["parameter"] else ""
    line = f"{row['index']:22} {setting:12} {row['seconds to build']:6.1f} s, "
    line += f"{row['bytes a vector']:6.1f} bytes a vector "
    line += f"(formula: {row['formula']:.1f})"
    for kind in ("image", "text"):
        if f"{kind} recall" in row:
            line += f"; {kind}: recall {row[f'{kind} recall']:.3f}, "
            line += f"{row[f'{kind} ms alone']:.3f} ms alone, "
            line += f"{row[f'{kind} ms in a batch']:.3f} in a batch"
    print(line, flush=True)


def describe(pool: Tensor, queries: dict[str, Tensor]) -> dict:
    """Give the neighbour statistics of a pool, and the recall of its cells."""
    coarse = learn_cells(pool, max(16, round(len(pool) / 1000)))
    index = build("IVF", pool, coarse, parts=1)
    described = {}
    for kind, vectors in queries.items():
        products, places = exact_search(vectors, pool, 100)
        distances = (2 - 2 * products).clamp_min(0).sqrt().quantile(0.5, dim=0)
        described |= {f"{kind} distance {k}": distances[k - 1] for k in (1, 10, 100)}
        described[f"{kind} dimension"] = local_dimension(products[:, :20]).median()
        for probes in (1, 2, 4, 8):
            index.nprobe = probes
            recall = found_share(places_found(index, vectors), places[:, :K])
            described[f"{kind} recall nprobe={probes}"] = recall
    return {name: round(float(value), 4) for name, value in described.items()}


def different_captions(graphs: list[SceneGraph], number: int) -> tuple[list, list]:
    """Write different captions: of these graphs first, then of further scenes.

    Returns:
        The captions, and for each the graph that it was written for.
    """
    captions: dict[str, SceneGraph] = {}
    more = (scene.graph for scene in EmojiScenes("S0", 100 * number, seed=4))
    graphs = iter([*graphs])
    while len(captions) < number:
        graph = next(graphs, None) or next(more)
        for caption in caption_scene(graph):
            captions.setdefault(caption, graph)
    return list(captions)[:number], list(captions.values())[:number]


def search_captions(
    model: CLIP, tokenizer: Tokenizer, images: Tensor, graphs: list, number: int
) -> dict:
    """Let images look for their captions among many, exactly and by a graph."""
    captions, meant = different_captions(graphs, number)
    parts = [captions[i : i + 20_000] for i in range(0, number, 20_000)]
    texts = torch.cat(
        [
            embed_texts(model, tokenizer, part)
            for part in tqdm(parts, desc="captions", disable=None)
        ]
    )
    start = time.perf_counter()
    places = exact_search(images, texts, K)[1]
    result = {"pool": number, "exact ms": 1000 * (time.perf_counter() - start)}
    result["exact ms"] /= len(images)
    first = right_shares(graphs, meant, places[:, :1])
    for name, (share, chance) in first.items():
        result[f"{name} right"], result[f"{name} chance"] = share, chance
    index = build("HNSW", texts, None, parts=1)
    index.hnsw.efSearch = 128
    found = places_found(index, images)
    result["HNSW recall"] = found_share(found, places)
    first = right_shares(graphs, meant, found[:, :1].clamp_min(0))
    result["HNSW all right"] = first["all"][0]
    return {name: round(float(value), 6) for name, value in result.items()}


def main() -> None:
    """Run the three parts, print them and write them down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vectors", type=int, default=1_000_000)
    parser.add_argument("--width", type=int, help="longer vectors, by a rotation")
    parser.add_argument("--cells", type=int, default=1024)
    parser.add_argument("--parts", type=int, default=32, help="bytes of a code")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--scenes", type=int, default=8000)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--real", type=int, default=50_000)
    parser.add_argument("--captions", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path, help="a JSON file for the numbers")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    faiss.omp_set_num_threads(options.threads)
    folder = course_weights("clip-emoji-scenes")
    model, tokenizer = CLIP.load(folder), Tokenizer.load(folder)
    if options.width and options.width < model.config.embedding_width:
        parser.error(f"--width has to be {model.config.embedding_width} at least")

    scenes = embed_graphs(model, graphs_of("S0", options.scenes, 0))
    query_graphs = graphs_of("S0", options.queries, 1)
    queries = {
        "image": embed_graphs(model, query_graphs),
        "text": embed_texts(
            model, tokenizer, [caption_scene(g)[0] for g in query_graphs]
        ),
    }
    result = {"device": device_name(), "faiss": faiss.__version__}
    result |= {name: value for name, value in vars(options).items() if name != "out"}
    if options.real:
        real = embed_graphs(model, graphs_of("S0", options.real, 2))
        made = extend_cloud(scenes, options.real)
        groups = {"real": real, "made": made, "few real": real[: options.scenes]}
        made = extend_cloud(scenes, 2 * options.scenes)[options.scenes :]
        groups["few made"] = made
        result["pools"] = {
            name: {"size": len(pool)} | describe(pool, queries)
            for name, pool in groups.items()
        }
        print(json.dumps(result["pools"], indent=1), flush=True)
    if options.captions:
        result["captions"] = search_captions(
            model, tokenizer, queries["image"], query_graphs, options.captions
        )
        print(json.dumps(result["captions"], indent=1), flush=True)
    vectors = extend_cloud(scenes, options.vectors)
    if options.width:
        vectors = widen(vectors, options.width)
        queries = {kind: widen(group, options.width) for kind, group in queries.items()}
    rows = compare_indices(vectors, queries, options.cells, options.parts)
    result["table"] = [
        {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in row.items()
        }
        for row in rows
    ]
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
