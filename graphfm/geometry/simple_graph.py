"""The undirected simple graph under every structural quantity: CSR arrays in numpy, what they give directly, and its cycles.

Structural quantities are computed once per graph, on the CPU and in float64; torch tensors go in and come out at the
edges of `structure`, `curvature` and `hyperbolicity`.

For triangles and 4-cycles all wedges top - middle - end whose top has the largest degree are listed (Chiba and Nishizeki,
1985, "Arboricity and subgraph listing algorithms"). There are at most sum over edges of min(degree, degree) of them, so a hub
costs no more than its edges; listing the wedges around a hub of degree d would cost d^2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from graphfm.errors import DataError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
WEDGES_AT_ONCE = 1_000_000  # bounds the memory at about 100 bytes a wedge


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


class CycleSums(NamedTuple):
    """For each of W weightings: the weight of the triangles on an edge and of the 4-cycles through a node.

    The weight of a cycle is the product of the weights of its nodes; with weights of one the sums are counts.
    """

    triangles: Floats  # (W, 2M)
    squares: Floats  # (W, N)


def cycle_sums(graph: SimpleGraph, weights: Floats) -> CycleSums:
    """Sum all triangles and 4-cycles of `graph`, weighted by the products of `weights` (W, N) over their nodes."""
    by_degree = np.argsort(graph.degree, kind="stable")
    rank = np.empty_like(by_degree)
    rank[by_degree] = np.arange(graph.num_nodes)
    key = rank[graph.row] * graph.num_nodes + rank[graph.col]
    entry = np.argsort(key)
    row, col = rank[graph.row[entry]], rank[graph.col[entry]]
    ranked = SimpleGraph(np.concatenate([[0], graph.degree[by_degree].cumsum()]), row, col)

    found = _ranked_cycle_sums(ranked, key[entry], weights[:, by_degree])
    triangles, squares = np.empty_like(found.triangles), np.empty_like(found.squares)
    triangles[:, entry] = found.triangles
    squares[:, by_degree] = found.squares
    return CycleSums(triangles, squares)


def _ranked_cycle_sums(graph: SimpleGraph, key: Ints, weights: Floats) -> CycleSums:
    """`cycle_sums` of a graph whose nodes are numbered by rising degree; `key` is row * N + col of its entries."""
    n, row, col = graph.num_nodes, graph.row, graph.col
    sums = CycleSums(np.zeros((len(weights), len(col))), np.zeros((len(weights), n)))
    # The wedges of an entry (top, middle) end in those neighbours of the middle that come before the top in its
    # sorted list.
    reverse = np.argsort(col, kind="stable")
    down = np.flatnonzero(col < row)
    first = graph.start[col[down]]
    count = reverse[down] - first
    down_start = np.searchsorted(row[down], np.arange(n + 1))
    wedges_before = np.concatenate([[0], count.cumsum()])[down_start]

    top = 0
    while top < n:
        budget = wedges_before[top] + WEDGES_AT_ONCE
        after = max(top + 1, int(np.searchsorted(wedges_before, budget, side="right")) - 1)
        part = slice(down_start[top], down_start[after])
        top = after
        if count[part].any():
            upper, lower = np.repeat(down[part], count[part]), ranges(first[part], count[part])
            _add_wedges(sums, graph, key, weights, upper=upper, lower=lower)
    return CycleSums(sums.triangles + sums.triangles[:, reverse], sums.squares)


def _add_wedges(sums: CycleSums, graph: SimpleGraph, key: Ints, weights: Floats, *, upper: Ints, lower: Ints) -> None:
    """Add the cycles that close the wedges made of the entries `upper` (top, middle) and `lower` (middle, end).

    All wedges of a (top, end) pair must be given together. A triangle appears as two wedges, with its two lower
    nodes as middle and end; a 4-cycle is a pair of wedges with the same top and end.
    """
    pair = graph.row[upper] * graph.num_nodes + graph.col[lower]
    order = np.argsort(pair)
    upper, lower, pair = upper[order], lower[order], pair[order]
    begin = np.flatnonzero(np.concatenate([[True], pair[1:] != pair[:-1]]))
    size = np.diff(begin, append=len(pair))
    pair = pair[begin]

    place = np.minimum(np.searchsorted(key, pair), len(key) - 1)
    closed = np.repeat(key[place] == pair, size)
    tri_upper, tri_lower = upper[closed], lower[closed]

    several = size > 1
    top, end = np.divmod(pair[several], graph.num_nodes)
    middle = graph.col[upper[np.repeat(several, size)]]
    size = size[several]
    begin = size.cumsum() - size

    for weight, triangles, squares in zip(weights, *sums, strict=True):
        if len(tri_upper):
            product = weight[graph.row[tri_upper]] * weight[graph.row[tri_lower]] * weight[graph.col[tri_lower]]
            np.add.at(triangles, tri_upper, product)
            # The lower edge is met in both wedges of its triangle, once in each direction; an upper edge in one.
            np.add.at(triangles, tri_lower, product / 2)
        if len(middle):
            own = weight[middle]
            total, total_squared = np.add.reduceat(own, begin), np.add.reduceat(own * own, begin)
            ends = weight[top] * weight[end]
            np.add.at(squares, top, ends * (total**2 - total_squared) / 2)
            np.add.at(squares, end, ends * (total**2 - total_squared) / 2)
            np.add.at(squares, middle, np.repeat(ends, size) * own * (np.repeat(total, size) - own))
