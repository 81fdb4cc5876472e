"""Every triangle and every 4-cycle of a graph, summed onto edges and nodes.

All wedges top - middle - end whose top has the largest degree are listed (Chiba and Nishizeki, 1985, "Arboricity and
subgraph listing algorithms"). There are at most sum over edges of min(degree, degree) of them, so a hub costs no
more than its edges; listing the wedges around a hub of degree d would cost d^2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graphfm.geometry.simple_graph import Floats, Ints, SimpleGraph, ranges

WEDGES_AT_ONCE = 1_000_000  # bounds the memory at about 100 bytes a wedge


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
