"""The undirected simple graph under every structural quantity: CSR arrays in numpy, and what they give directly.

Structural quantities are computed once per graph, on the CPU and in float64; torch tensors go in and come out at the
edges of `structure`, `curvature` and `hyperbolicity`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from graphfm.errors import DataError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class SimpleGraph(NamedTuple):
    """Both directions of M undirected edges, no loops, no duplicates, sorted by `row`, then `col`."""

    start: Ints  # (N + 1,) the neighbours of v are col[start[v] : start[v + 1]]
    row: Ints  # (2M,)
    col: Ints  # (2M,)

    @property
    def num_nodes(self) -> int:
        return len(self.start) - 1

    @property
    def num_edges(self) -> int:
        """M, each edge counted once."""
        return len(self.col) // 2

    @property
    def degree(self) -> Ints:
        """(N,)"""
        return np.diff(self.start)

    def neighbour_sum(self, values: Floats) -> Floats:
        """Sum of `values` (N,) over the neighbours of each node, (N,)."""
        return self.row_sum(values[self.col])

    def row_sum(self, values: Floats) -> Floats:
        """Sum of `values` (2M,), one for each direction of an edge, over the edges of each node, (N,)."""
        return np.bincount(self.row, values, self.num_nodes).astype(np.float64, copy=False)


def simple_graph(edge_index: Tensor, num_nodes: int) -> SimpleGraph:
    """The undirected simple graph of `edge_index` (2, E): any direction, loops and repeated edges allowed.

    Raises:
        DataError: a wrong shape, or a node outside 0..N-1.
    """
    if edge_index.dim() != 2 or edge_index.size(0) != 2:
        raise DataError(f"edge_index of shape {tuple(edge_index.shape)}", expected="(2, E)")
    source, target = edge_index.detach().cpu().numpy().astype(np.int64)
    low, high = np.minimum(source, target), np.maximum(source, target)
    if len(low) and (low.min() < 0 or high.max() >= num_nodes):
        raise DataError(f"nodes {low.min()} to {high.max()} in edge_index", expected=f"0 to {num_nodes - 1}")
    once = np.unique((low * num_nodes + high)[low != high])
    low, high = np.divmod(once, max(num_nodes, 1))
    return from_pairs(low, high, num_nodes)


def from_pairs(low: Ints, high: Ints, num_nodes: int) -> SimpleGraph:
    """The graph of M distinct pairs, each given once."""
    key = np.sort(np.concatenate([low * num_nodes + high, high * num_nodes + low]))
    row, col = np.divmod(key, max(num_nodes, 1))
    start = np.concatenate([[0], np.bincount(row, minlength=num_nodes).cumsum()])
    return SimpleGraph(start, row, col)


def ranges(first: Ints, count: Ints) -> Ints:
    """The integers first[i], ..., first[i] + count[i] - 1 for every i, one after the other.

    >>> ranges(np.array([5, 0]), np.array([2, 3]))
    array([5, 6, 0, 1, 2])
    """
    return np.arange(count.sum()) + np.repeat(first - (count.cumsum() - count), count)


def core_numbers(graph: SimpleGraph) -> Ints:
    """Largest k such that the node is in the k-core, (N,); by peeling in linear time (Batagelj and Zaversnik, 2003).

    A loop over Python lists: a node can only be peeled after its neighbours, so rounds of array operations would be
    as many as a path is long.
    """
    start, col, remaining = graph.start.tolist(), graph.col.tolist(), graph.degree.tolist()
    buckets: list[list[int]] = [[] for _ in range(max(remaining, default=0) + 1)]
    for node, degree in enumerate(remaining):
        buckets[degree].append(node)
    peeled = [False] * graph.num_nodes
    for k, bucket in enumerate(buckets):
        for node in bucket:  # grows while it is read
            if peeled[node]:
                continue
            peeled[node] = True
            remaining[node] = k
            for neighbour in col[start[node] : start[node + 1]]:
                degree = remaining[neighbour]
                if degree > k:
                    remaining[neighbour] = degree - 1
                    buckets[degree - 1].append(neighbour)
    return np.array(remaining, dtype=np.int64)
