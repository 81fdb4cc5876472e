"""How tree-like a whole graph is: Gromov's delta from sampled quadruples, and the share of edges that close cycles."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import breadth_first_order, connected_components
from torch import Tensor

from graphfm.geometry.simple_graph import Ints, SimpleGraph, simple_graph

SOURCES = 128  # nodes of which quadruples are made; a breadth-first search each


class GromovDelta(NamedTuple):
    """Four-point hyperbolicity over the quadruples looked at, in the largest component."""

    mean: float
    max: float
    diameter: int  # the longest distance met: a lower bound unless `exact`
    relative: float  # 2 max / diameter: 0 for a tree, at most 1
    quadruples: int
    nodes: int  # of the largest component
    exact: bool  # all quadruples of the component were looked at


def gromov_delta(edge_index: Tensor, num_nodes: int, *, samples: int = 100_000, seed: int = 0) -> GromovDelta:
    """Gromov's delta of the largest component, from sampled quadruples of nodes.

    delta(a, b, c, d) = (s1 - s2) / 2 with s1 >= s2 >= s3 the sorted d(a,b) + d(c,d), d(a,c) + d(b,d), d(a,d) +
    d(b,c) (Gromov, 1987). It is 0 for trees and cliques; the cycle of 4k nodes has k. Quadruples are drawn from at
    most 128 random nodes; all are taken where there are no more than `samples`.

    Args:
        edge_index: any direction; loops and repeated edges are ignored.
        num_nodes: N.
        samples: quadruples to look at.
        seed: of the sample.

    Raises:
        DataError: a wrong shape, or a node outside 0..N-1.
    """
    graph = simple_graph(edge_index, num_nodes)
    nodes = _largest_component(graph)
    rng = np.random.default_rng(seed)
    sources = np.sort(rng.choice(nodes, min(SOURCES, len(nodes)), replace=False))
    adjacency = _adjacency(graph)
    diameter = 0
    between = np.zeros((len(sources), len(sources)), dtype=np.int64)
    for i, source in enumerate(sources):
        distance = _distances(adjacency, source)
        diameter = max(diameter, int(distance.max()))
        between[i] = distance[sources]

    all_quadruples = comb(len(sources), 4) <= samples
    if all_quadruples:
        quadruples = np.array(list(combinations(range(len(sources)), 4)), dtype=np.int64).reshape(-1, 4)
    else:
        quadruples = np.sort(rng.integers(len(sources), size=(samples, 4)))
        quadruples = quadruples[(np.diff(quadruples) > 0).all(1)]
    delta = _four_point(between, quadruples)
    largest = float(delta.max(initial=0))
    return GromovDelta(
        mean=float(delta.mean()) if len(delta) else 0.0,
        max=largest,
        diameter=diameter,
        relative=2 * largest / max(diameter, 1),
        quadruples=len(delta),
        nodes=len(nodes),
        exact=all_quadruples and len(sources) == len(nodes),
    )


class TreeLikeness(NamedTuple):
    """How many edges a graph has beyond a forest."""

    components: int
    forest_share: float  # share of the edges that a spanning forest keeps: 1 for a forest, or without edges
    cyclomatic_number: int  # edges beyond the spanning forest: independent cycles


def tree_likeness(edge_index: Tensor, num_nodes: int) -> TreeLikeness:
    """Components, spanning-forest share (N - components) / M and cyclomatic number M - N + components.

    >>> import torch
    >>> tree_likeness(torch.tensor([[0, 1, 2, 0], [1, 2, 0, 3]]), 4)
    TreeLikeness(components=1, forest_share=0.75, cyclomatic_number=1)
    """
    graph = simple_graph(edge_index, num_nodes)
    components, _ = connected_components(_adjacency(graph), directed=False)
    kept = num_nodes - components
    return TreeLikeness(components, kept / graph.num_edges if graph.num_edges else 1.0, graph.num_edges - kept)


def component_sizes(edge_index: Tensor, num_nodes: int) -> Ints:
    """Nodes of each connected component, largest first."""
    _, label = connected_components(_adjacency(simple_graph(edge_index, num_nodes)), directed=False)
    return np.sort(np.bincount(label))[::-1]


def _adjacency(graph: SimpleGraph) -> sp.csr_matrix:
    return sp.csr_matrix((np.ones(len(graph.col)), graph.col, graph.start), (graph.num_nodes, graph.num_nodes))


def _largest_component(graph: SimpleGraph) -> Ints:
    _, label = connected_components(_adjacency(graph), directed=False)
    return np.flatnonzero(label == np.bincount(label).argmax()) if len(label) else np.zeros(0, dtype=np.int64)


def _distances(adjacency: sp.csr_matrix, source: int) -> Ints:
    """Steps from `source` to every node, (N,); 0 for the nodes it does not reach.

    Depth in the breadth-first tree by pointer jumping: the rounds grow with the logarithm of the depth, so paths are fast.
    """
    order, predecessor = breadth_first_order(adjacency, source, directed=True)
    place = np.empty(adjacency.shape[0], dtype=np.int64)
    place[order] = np.arange(len(order))
    ancestor = np.zeros(len(order), dtype=np.int64)  # places in the order; the source is at 0, its own ancestor
    ancestor[1:] = place[predecessor[order[1:]]]
    steps = np.ones(len(order), dtype=np.int64)  # from the node to its ancestor
    steps[0] = 0
    while ancestor.any():
        steps += steps[ancestor]
        ancestor = ancestor[ancestor]
    distance = np.zeros(adjacency.shape[0], dtype=np.int64)
    distance[order] = steps
    return distance


def _four_point(distance: Ints, quadruples: Ints) -> np.ndarray:
    """Delta of each quadruple (Q, 4) of indices into `distance`, (Q,)."""
    a, b, c, d = quadruples.T
    sums = np.stack(
        [
            distance[a, b] + distance[c, d],
            distance[a, c] + distance[b, d],
            distance[a, d] + distance[b, c],
        ]
    )
    sums.sort(axis=0)
    return (sums[2] - sums[1]) / 2
