"""Do neighbours resemble one another? By their texts, with no labels; and by their labels, where there are some."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class TextHomophily(NamedTuple):
    """Mean cosine of text embeddings over edges, beside what two kinds of chance would give."""

    edges: float  # over the M undirected edges
    random_pairs: float  # over all pairs of distinct nodes
    rewired: float  # expected after rewiring the edges at random with all degrees kept
    adjusted: float  # (edges - rewired) / (1 - rewired): 0 as by chance, 1 where neighbours have equal texts


class LabelHomophily(NamedTuple):
    """How often neighbours have the same class; edges with an unlabelled end are left out."""

    edge: float  # share of same-class edges
    node: float  # mean over nodes of the share of same-class neighbours (Pei et al., 2020)
    adjusted: float  # edge homophily beyond what the classes' degrees give by chance (Platonov et al., 2023)
    class_insensitive: float  # mean over classes of the excess over the class's size (Lim et al., 2021)
    labelled_edges: int


def text_homophily(edge_index: Tensor, embedding: Tensor) -> TextHomophily:
    """Label-free homophily of text embeddings; both chance levels are exact, not sampled.

    Args:
        edge_index: both directions of every undirected edge, at least one edge.
        embedding: unit rows.

    Shapes:
        edge_index (2, 2M), embedding (N, D)
    """
    x = embedding.double()
    num_nodes, num_entries = len(x), edge_index.size(1)
    degree = torch.bincount(edge_index[0], minlength=num_nodes).double()
    # In blocks, so that no (2M, D) tensor is made.
    total = sum(
        (x[rows] * x[cols]).sum() for rows, cols in zip(*(part.split(100_000) for part in edge_index), strict=True)
    )
    edges = float(total / num_entries)
    random_pairs = _mean_cosine(x, torch.ones_like(degree))
    rewired = _mean_cosine(x, degree)
    return TextHomophily(edges, random_pairs, rewired, (edges - rewired) / max(1 - rewired, 1e-12))


def _mean_cosine(x: Tensor, weight: Tensor) -> float:
    """Mean over pairs of distinct rows drawn in proportion to `weight` (N,) of their product."""
    own = (weight.square() * x.square().sum(1)).sum()
    pairs = weight.sum().square() - weight.square().sum()
    return float(((weight @ x).square().sum() - own) / pairs)


def label_homophily(edge_index: Tensor, y: Tensor, num_classes: int) -> LabelHomophily | None:
    """Four measures of labelled homophily; None without an edge between two labelled nodes.

    Args:
        edge_index: both directions of every undirected edge.
        y: classes, -1 where unknown.
        num_classes: C.

    Shapes:
        edge_index (2, 2M), y (N,)
    """
    edge_index = edge_index[:, (y[edge_index] >= 0).all(0)]
    if not edge_index.size(1):
        return None
    source, target = edge_index
    same = (y[source] == y[target]).double()
    edge = float(same.mean())

    degree = torch.bincount(source, minlength=len(y))
    touched = degree > 0
    same_neighbours = torch.zeros(len(y), dtype=torch.float64, device=y.device).index_add_(0, source, same)
    node = float((same_neighbours[touched] / degree[touched]).mean())

    entries = torch.bincount(y[source], minlength=num_classes).double()  # (C,) summed degrees
    chance = float((entries / entries.sum()).square().sum())
    adjusted = (edge - chance) / (1 - chance) if chance < 1 else 0.0

    own = torch.zeros(num_classes, dtype=torch.float64, device=y.device).index_add_(0, y[source], same)
    size = torch.bincount(y[y >= 0], minlength=num_classes) / (y >= 0).sum()
    excess = (own / entries.clamp_min(1) - size).clamp_min(0)
    class_insensitive = float(excess.sum() / max(num_classes - 1, 1))
    return LabelHomophily(edge, node, adjusted, class_insensitive, edge_index.size(1) // 2)
