"""What can be known about a text graph before training: numbers, what they hint at, and a page with plots."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from graphfm.classification.decide import decide
from graphfm.classification.propagate import text_log_posterior
from graphfm.datasets.text_graphs.graph import TextGraph
from graphfm.geometry.curvature import edge_curvature, ollivier_curvature
from graphfm.geometry.hyperbolicity import component_sizes, gromov_delta, tree_likeness
from graphfm.geometry.structure import DESCRIPTOR_NAMES
from graphfm.models.encoder import descriptors
from graphfm.report.hints import FLAT, hints
from graphfm.report.homophily import label_homophily, text_homophily

COSINE_BINS = torch.linspace(-1, 1, 81, dtype=torch.float64)
CURVATURE_BINS = torch.linspace(-2, 1, 61, dtype=torch.float64)
PAIRS = 200_000  # random pairs behind the histogram of their cosines
OLLIVIER_EDGES = 300  # edges of which the exact curvature is found: a linear program each
OLLIVIER_UNKNOWNS = 5_000  # product of the degrees of an edge above which it is left out


def inspect_graph(
    graph: TextGraph, text_embedding: Tensor | None = None, class_rows: Tensor | None = None, *, seed: int = 0
) -> dict[str, Any]:
    """Facts about a graph as plain data, ready for JSON.

    Args:
        graph: any text graph; direction is ignored.
        text_embedding: unit rows; without them the homophily of the texts is left out (None).
        class_rows: unit rows of the classes' texts; with both, how structure should be used (`classification.decide`), else None.
        seed: of what is sampled: Gromov's delta, random pairs, long walks on large graphs.

    Shapes:
        text_embedding (N, D), class_rows (C, D)

    Keys: data, nodes, edges, directed, classes, degree, components, tree_likeness, gromov_delta, curvature, texts,
    text_homophily, structure_use, label_homophily, descriptors, hints.
    """
    edges, n = graph.undirected_edge_index(), graph.num_nodes
    has_edges = edges.size(1) > 0
    statistics = graph.statistics()
    facts: dict[str, Any] = {
        "data": graph.name,
        "nodes": n,
        "edges": edges.size(1) // 2,
        "directed": bool(graph.directed),
        "classes": graph.num_classes,
        "labelled": int(graph.labelled.sum()),
        "degree": _degrees(edges, n),
        "components": _components(edges, n),
        "tree_likeness": tree_likeness(edges, n)._asdict(),
        "gromov_delta": gromov_delta(edges, n, seed=seed)._asdict(),
        "curvature": _curvature(edges, n, seed=seed),
        "texts": {key: statistics[key] for key in ("empty_texts", "repeated_texts", "words_median", "words_95")},
        "text_homophily": _texts(edges, text_embedding, seed=seed)
        if text_embedding is not None and has_edges
        else None,
        "structure_use": _structure_use(graph, text_embedding, class_rows)
        if text_embedding is not None and class_rows is not None and len(class_rows) > 1 and has_edges
        else None,
        "label_homophily": None,
        "descriptors": _descriptors(graph, seed=seed),
    }
    if has_edges and graph.num_classes:
        found = label_homophily(edges, graph.y, graph.num_classes)
        facts["label_homophily"] = found._asdict() if found else None
    return facts | {"hints": hints(facts)}


def _degrees(edges: Tensor, num_nodes: int) -> dict[str, Any]:
    degree = torch.bincount(edges[0], minlength=num_nodes)
    value, nodes = degree.unique(return_counts=True)
    return {
        "mean": float(degree.double().mean()),
        "median": float(degree.double().quantile(0.5)),
        "max": int(degree.max()),
        "isolated": int((degree == 0).sum()),
        "counts": {"degree": value.tolist(), "nodes": nodes.tolist()},
    }


def _components(edges: Tensor, num_nodes: int) -> dict[str, Any]:
    sizes = component_sizes(edges, num_nodes)
    return {"count": len(sizes), "largest": int(sizes[0]), "largest_share": float(sizes[0] / num_nodes)}


def _curvature(edges: Tensor, num_nodes: int, *, seed: int) -> dict[str, Any]:
    """Summaries and signs: the Jost-Liu bound and Forman's of all edges, Ollivier's of a sample."""
    found = edge_curvature(edges, num_nodes)
    degree = torch.bincount(edges[0], minlength=num_nodes)
    eligible = found.edge_index[:, degree[found.edge_index].prod(0) <= OLLIVIER_UNKNOWNS]
    chosen = torch.randperm(eligible.size(1), generator=torch.Generator().manual_seed(seed))[:OLLIVIER_EDGES]
    ollivier = ollivier_curvature(edges, num_nodes, edges=eligible[:, chosen])
    jost_liu = found.jost_liu.double()
    return {
        "jost_liu": {**_summary(jost_liu), **_signs(jost_liu), "histogram": _histogram(jost_liu, CURVATURE_BINS)},
        "forman": _summary(found.forman.double()),
        "ollivier": {
            **_summary(ollivier),
            **_signs(ollivier),
            "histogram": _histogram(ollivier, CURVATURE_BINS),
            "edges": len(ollivier),
            "eligible": eligible.size(1) / max(found.edge_index.size(1), 1),
        },
    }


def _signs(curvature: Tensor) -> dict[str, float]:
    """Shares of negative, flat and positive edges; zeros without edges."""
    count = max(len(curvature), 1)
    return {
        "negative": int((curvature < -FLAT).sum()) / count,
        "flat": int((curvature.abs() <= FLAT).sum()) / count,
        "positive": int((curvature > FLAT).sum()) / count,
    }


def _texts(edges: Tensor, x: Tensor, *, seed: int) -> dict[str, Any]:
    once = edges[:, edges[0] < edges[1]]
    generator = torch.Generator().manual_seed(seed)
    pairs = torch.randint(len(x), (2, PAIRS), generator=generator)
    pairs = pairs[:, pairs[0] != pairs[1]]
    return {
        **text_homophily(edges, x)._asdict(),
        "histogram": _histogram(_cosines(x, once), COSINE_BINS),
        "random_histogram": _histogram(_cosines(x, pairs), COSINE_BINS),
    }


def _structure_use(graph: TextGraph, x: Tensor, class_rows: Tensor) -> dict[str, Any]:
    decision = decide(text_log_posterior(x, class_rows), graph.adjacency())
    return {
        **decision.as_dict(),
        "words": decision.words(graph.class_names),
        "compatibility": [[round(value, 3) for value in row] for row in decision.compat.tolist()],
    }


def _cosines(x: Tensor, pairs: Tensor) -> Tensor:
    """Products of the rows of each pair (2, P), in blocks so that no (P, D) tensor is made; (P,)."""
    blocks = zip(*(part.split(100_000) for part in pairs), strict=True)
    return torch.cat([(x[left] * x[right]).sum(1) for left, right in blocks]).double()


def _descriptors(graph: TextGraph, *, seed: int) -> list[dict[str, Any]]:
    value, error = descriptors(graph, seed=seed)
    rows = zip(DESCRIPTOR_NAMES, value.double().T, error.double().T, strict=True)
    return [
        {
            "name": name,
            **_summary(column),
            "estimated": float((errors > 0).double().mean()),
            "error": float(errors.mean()),
        }
        for name, column, errors in rows
    ]


def _summary(values: Tensor) -> dict[str, float | None]:
    """Mean, standard deviation, least, median and largest; None for no values."""
    if not len(values):
        return dict.fromkeys(("mean", "std", "min", "median", "max"))
    return {
        "mean": float(values.mean()),
        "std": float(values.std(correction=0)),
        "min": float(values.min()),
        "median": float(np.median(values.numpy())),
        "max": float(values.max()),
    }


def _histogram(values: Tensor, edges: Tensor) -> dict[str, list[float]]:
    """Counts between `edges`; values beyond the ends, by rounding, count in the last bins."""
    inside = values.clamp(float(edges[0]), float(edges[-1]))
    counts, _ = torch.histogram(inside, edges)
    return {"edges": edges.tolist(), "counts": counts.tolist()}
