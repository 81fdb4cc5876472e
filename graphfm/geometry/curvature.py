"""Curvature of edges: augmented Forman, the Jost-Liu lower bound of Ollivier's, and Ollivier's own for small graphs.

Negative: the edge is a bridge between parts, as in a tree. Zero: as in a grid. Positive: its ends share their
neighbours, as in a clique.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
import torch
from scipy.optimize import linprog
from torch import Tensor

from graphfm.geometry.simple_graph import Floats, Ints, SimpleGraph, cycle_sums, simple_graph


class EdgeCurvature(NamedTuple):
    """Curvature of M undirected edges, each given once with its smaller node first."""

    edge_index: Tensor  # (2, M)
    forman: Tensor  # (M,)
    jost_liu: Tensor  # (M,)


def edge_curvature(edge_index: Tensor, num_nodes: int) -> EdgeCurvature:
    """Augmented Forman curvature and the Jost-Liu bound of every undirected edge.

    Args:
        edge_index: any direction; loops and repeated edges are ignored.
        num_nodes: N.

    Shapes:
        edge_index (2, E); the answer has (2, M), (M,), (M,)

    Raises:
        DataError: a wrong shape, or a node outside 0..N-1.

    >>> edge_curvature(torch.tensor([[0, 1, 2], [1, 2, 0]]), 3).forman
    tensor([3., 3., 3.])
    """
    graph = simple_graph(edge_index, num_nodes)
    triangles = cycle_sums(graph, np.ones((1, num_nodes))).triangles[0]
    once = graph.row < graph.col
    ends = np.stack([graph.row[once], graph.col[once]])
    degrees = graph.degree[ends]
    forman = forman_curvature(degrees, triangles[once])
    jost_liu = jost_liu_curvature(degrees, triangles[once])
    device = edge_index.device
    return EdgeCurvature(
        torch.from_numpy(ends).to(device),
        torch.from_numpy(forman).float().to(device),
        torch.from_numpy(jost_liu).float().to(device),
    )


def forman_curvature(degrees: Ints, triangles: Floats) -> Floats:
    r"""Augmented Forman curvature F(u, v) = 4 - d_u - d_v + 3 t(u, v) (Samal et al., 2018, with triangles as faces).

    Shapes:
        degrees (2, M) of the two ends, triangles (M,) on the edge -> (M,)
    """
    return 4 - degrees[0] - degrees[1] + 3 * triangles


def jost_liu_curvature(degrees: Ints, triangles: Floats) -> Floats:
    r"""Lower bound of the Ollivier-Ricci curvature (Jost and Liu, 2014, theorem 3), between -2 and 1.

    k(u, v) >= -(1 - 1/d_u - 1/d_v - t/min)_+ - (1 - 1/d_u - 1/d_v - t/max)_+ + t/max, with t triangles on the edge
    and min, max the smaller and the larger of the two degrees. It is exact on trees
    and pessimistic where degrees are large: there its order says more than its sign.

    Shapes:
        degrees (2, M), triangles (M,) -> (M,)
    """
    small, large = degrees.min(0), degrees.max(0)
    free = 1 - 1 / small - 1 / large
    at_small, at_large = np.maximum(free - triangles / small, 0), np.maximum(free - triangles / large, 0)
    return triangles / large - at_small - at_large


def node_curvature(graph: SimpleGraph, jost_liu: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean, least and standard deviation of the curvature (2M,) of the edges around each node; 0 for isolated nodes."""
    degree = np.maximum(graph.degree, 1)
    mean = graph.row_sum(jost_liu) / degree
    least = np.zeros(graph.num_nodes)
    touched = graph.degree > 0
    if touched.any():
        least[touched] = np.minimum.reduceat(jost_liu, graph.start[:-1][touched])
    variance = graph.row_sum((jost_liu - mean[graph.row]) ** 2) / degree
    return mean, least, np.sqrt(variance)


def ollivier_curvature(edge_index: Tensor, num_nodes: int, *, edges: Tensor | None = None) -> Tensor:
    """Ollivier-Ricci curvature 1 - W_1(m_u, m_v) with m_v uniform on the neighbours of v (Ollivier, 2009).

    One transport an edge, with d_u * d_v unknowns. With POT (extra ``pot``) its network simplex solves it, else a general
    linear program, to the same values in tens of times as long: give a sample of the edges of a large graph.

    Args:
        edge_index: any direction; loops and repeated edges are ignored.
        num_nodes: N.
        edges: the P edges to look at; all, in the order of `edge_curvature`, when left out.

    Shapes:
        edge_index (2, E), edges (2, P) -> (P,) float64
    """
    graph = simple_graph(edge_index, num_nodes)
    once = graph.row < graph.col
    pairs = np.stack([graph.row[once], graph.col[once]]) if edges is None else edges.cpu().numpy()
    adjacency = sp.csr_matrix((np.ones(len(graph.col)), graph.col, graph.start), (num_nodes, num_nodes))
    curvature = np.empty(pairs.shape[1])
    for i, (u, v) in enumerate(pairs.T):
        around_u, around_v = (graph.col[graph.start[node] : graph.start[node + 1]] for node in (u, v))
        # Neighbours of joined nodes are at most three steps apart.
        one_step = adjacency[around_u][:, around_v].toarray()
        two_steps = (adjacency[around_u] @ adjacency[:, around_v]).toarray()
        cost = np.where(one_step > 0, 1.0, np.where(two_steps > 0, 2.0, 3.0))
        cost[around_u[:, None] == around_v] = 0
        curvature[i] = 1 - _transport(cost)
    return torch.from_numpy(curvature).to(edge_index.device)


def _transport(cost: Floats) -> float:
    """Least mean cost of moving the uniform distribution over rows onto the one over columns."""
    rows, columns = cost.shape
    if find_spec("ot") is not None:
        return _simplex(cost)
    row_sums = sp.kron(sp.eye(rows), np.ones((1, columns)))
    column_sums = sp.kron(np.ones((1, rows)), sp.eye(columns))
    marginals = np.concatenate([np.full(rows, 1 / rows), np.full(columns, 1 / columns)])
    return float(linprog(cost.ravel(), A_eq=sp.vstack([row_sums, column_sums]), b_eq=marginals, method="highs").fun)


def _simplex(cost: Floats) -> float:
    """The same by POT (Flamary et al., JMLR 2021)."""
    from ot.lp import emd2

    rows, columns = cost.shape
    return float(emd2(np.full(rows, 1 / rows), np.full(columns, 1 / columns), cost))
