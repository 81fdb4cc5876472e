"""Local structural descriptors: what the gate knows about a node, computed once per graph, without labels or texts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from graphfm.geometry.curvature import jost_liu_curvature, node_curvature
from graphfm.geometry.cycles import cycle_sums
from graphfm.geometry.simple_graph import Floats, SimpleGraph, core_numbers, simple_graph
from graphfm.geometry.walks import growth, inverse_degree, return_8, return_probabilities

DESCRIPTOR_NAMES: tuple[str, ...] = (
    "log_degree",  # log(1 + degree)
    "neighbour_log_degree_mean",
    "neighbour_log_degree_std",
    "clustering",  # share of the pairs of neighbours that are joined
    "log_triangles",  # log(1 + triangles)
    "square_clustering",  # share of the possible 4-cycles that exist (Lind et al., 2005; networkx.square_clustering)
    "core",  # core number / largest core number of the graph
    "ego_cycles",  # independent cycles among the node and its neighbours / edges among them; 0 in a tree
    "growth",  # log |B_2| - log |B_1|, balls around the node
    "return_2",  # probability that a random walk is back after 2, 3, 4, 8 steps
    "return_3",
    "return_4",
    "return_8",
    "curvature_mean",  # Jost-Liu curvature of the edges around the node
    "curvature_min",
    "curvature_std",
)


class Descriptors(NamedTuple):
    """S descriptors of each node and their standard errors (0 where exact), float32."""

    value: Tensor  # (N, S)
    standard_error: Tensor  # (N, S)


def structural_descriptors(edge_index: Tensor, num_nodes: int, *, seed: int = 0) -> Tensor:
    """Structural descriptors of every node, in the order of `DESCRIPTOR_NAMES`; finite, and 0 for isolated nodes.

    Logarithms, ratios and probabilities, so that values compare across graphs. All are exact, but for two on large
    graphs: `growth` near hubs and `return_8`; see `estimated_descriptors`. A million edges take seconds.

    Args:
        edge_index: any direction; loops and repeated edges are ignored.
        num_nodes: N.
        seed: of the two estimates; the same seed gives the same values.

    Shapes:
        edge_index (2, E) -> (N, S) float32 on the device of `edge_index`

    Raises:
        DataError: a wrong shape, or a node outside 0..N-1.

    >>> triangle = structural_descriptors(torch.tensor([[0, 1, 2], [1, 2, 0]]), 3)
    >>> round(float(triangle[0, DESCRIPTOR_NAMES.index("return_3")]), 4)
    0.25
    """
    return estimated_descriptors(edge_index, num_nodes, seed=seed).value


def estimated_descriptors(edge_index: Tensor, num_nodes: int, *, seed: int = 0) -> Descriptors:
    """`structural_descriptors` together with their standard errors.

    Where they are estimated, `growth` has an error of 0.09 and `return_8` a relative error of at most 0.09.
    """
    graph = simple_graph(edge_index, num_nodes)
    cycles = cycle_sums(graph, np.stack([np.ones(num_nodes), inverse_degree(graph)]))
    triangles, squares = cycles.triangles[0], cycles.squares[0]
    neighbourhood, eight_steps = growth(graph, seed=seed), return_8(graph, seed=seed)
    curvature = jost_liu_curvature(np.stack([graph.degree[graph.row], graph.degree[graph.col]]), triangles)
    columns = [
        *_degrees(graph),
        *_cycles(graph, triangles, squares),
        neighbourhood.value,
        *return_probabilities(graph, cycles.triangles[1], cycles.squares[1]),
        eight_steps.value,
        *node_curvature(graph, curvature),
    ]
    value = torch.from_numpy(np.stack(columns, axis=1)).float()
    error = torch.zeros_like(value)
    error[:, DESCRIPTOR_NAMES.index("growth")] = torch.from_numpy(neighbourhood.standard_error).float()
    error[:, DESCRIPTOR_NAMES.index("return_8")] = torch.from_numpy(eight_steps.standard_error).float()
    return Descriptors(value.to(edge_index.device), error.to(edge_index.device))


def _degrees(graph: SimpleGraph) -> tuple[Floats, Floats, Floats]:
    """Log-degree of the node; mean and standard deviation of its neighbours'."""
    own = np.log1p(graph.degree)
    inverse = inverse_degree(graph)
    mean = inverse * graph.neighbour_sum(own)
    variance = inverse * graph.row_sum((own[graph.col] - mean[graph.row]) ** 2)
    return own, mean, np.sqrt(variance)


def _cycles(graph: SimpleGraph, edge_triangles: Floats, squares: Floats) -> tuple[Floats, ...]:
    """Clustering, log-triangles, square clustering, core, ego cycles; from triangles (2M,) and 4-cycles (N,)."""
    degree = graph.degree.astype(float)
    triangles = graph.row_sum(edge_triangles) / 2
    pairs = degree * (degree - 1)
    # Sum over pairs u, w of neighbours of d_u + d_w - 2 - 2 [u ~ w] - squares(u, w): the 4-cycles that could exist.
    possible = (degree - 1) * graph.neighbour_sum(degree) - pairs - 2 * triangles - squares
    core = core_numbers(graph).astype(float)
    return (
        _ratio(2 * triangles, pairs),
        np.log1p(triangles),
        _ratio(squares, possible),
        core / max(core.max(initial=0), 1),
        # The ego net has d + 1 nodes and d + t edges, so (edges - nodes + 1) / edges = t / (d + t).
        _ratio(triangles, degree + triangles),
    )


def _ratio(part: Floats, whole: Floats) -> Floats:
    """part / whole, 0 where there is nothing to divide."""
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)
