"""Local structural descriptors: what the gate knows about a node, computed once per graph, without labels or texts.

How fast a neighbourhood grows and how likely a random walk returns are exact where affordable, else estimated.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from graphfm.geometry.curvature import jost_liu_curvature, node_curvature
from graphfm.geometry.simple_graph import Floats, Ints, SimpleGraph, core_numbers, cycle_sums, simple_graph

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
BALL_DRAWS = 128  # random vectors behind an estimate of a ball: relative error 0.09
WALK_DRAWS = 256  # and of a return probability: relative error at most 0.09
PATHS_BUDGET = 50_000_000  # two-step paths followed for exact neighbourhoods: about a second
PRODUCTS_BUDGET = 500_000_000  # N * 2M up to which all N unit vectors are walked in place of random ones: two seconds
PATHS_AT_ONCE = 5_000_000
COLUMNS_AT_ONCE = 16  # few, so that the vectors stay in the cache


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


class Estimate(NamedTuple):
    """A quantity of each node and its standard error, both (N,)."""

    value: Floats
    standard_error: Floats


def growth(graph: SimpleGraph, *, seed: int) -> Estimate:
    r"""log |B_2(v)| - log |B_1(v)| with B_r(v) the nodes within r steps of v, itself included.

    Exact for the nodes with the fewest two-step paths, as many as fit a budget: all nodes of most graphs. The
    others, near hubs, are estimated from the minima over B_2 of exponential variables (Cohen, 1997), with an error
    of 1 / sqrt(126), about 0.09.
    """
    degree = graph.degree
    paths = graph.neighbour_sum(degree.astype(float))
    cheapest = np.argsort(paths, kind="stable")
    exact = np.sort(cheapest[: np.searchsorted(paths[cheapest].cumsum(), PATHS_BUDGET, side="right")])
    all_exact = len(exact) == graph.num_nodes
    ball = np.empty(graph.num_nodes) if all_exact else _sketched_ball(graph, seed=seed)
    ball[exact] = _counted_ball(graph, exact, paths[exact])
    error = np.full(graph.num_nodes, 1 / np.sqrt(BALL_DRAWS - 2))
    error[exact] = 0
    return Estimate(np.log(ball) - np.log1p(degree), error)


def _counted_ball(graph: SimpleGraph, nodes: Ints, paths: Floats) -> Floats:
    """|B_2| of `nodes`, that have so many two-step `paths`, from the pattern of (A + I)^2."""
    pattern = _with_loops(graph)
    cuts = np.searchsorted(paths.cumsum(), np.arange(PATHS_AT_ONCE, paths.sum(), PATHS_AT_ONCE))
    return np.concatenate([np.diff((pattern[part] @ pattern).indptr) for part in np.split(nodes, cuts)]).astype(float)


def _sketched_ball(graph: SimpleGraph, *, seed: int) -> Floats:
    """Unbiased estimate of |B_2|: the minimum of |B| exponential variables has the mean 1 / |B|."""
    pattern = _with_loops(graph)
    adjacency = _torch_csr(pattern.indptr, pattern.indices)
    generator = torch.Generator().manual_seed(seed)
    total = torch.zeros(graph.num_nodes)
    for _ in range(0, BALL_DRAWS, COLUMNS_AT_ONCE):
        draws = torch.empty(graph.num_nodes, COLUMNS_AT_ONCE).exponential_(generator=generator)
        for _ in range(2):
            draws = torch.sparse.mm(adjacency, draws, "amin")
        total += draws.sum(1)
    return (BALL_DRAWS - 1) / total.double().numpy()


def _with_loops(graph: SimpleGraph) -> sp.csr_matrix:
    """A + I as booleans, sorted."""
    n = graph.num_nodes
    adjacency = sp.csr_matrix((np.ones(len(graph.col), dtype=bool), graph.col, graph.start), (n, n))
    return (adjacency + sp.eye(n, dtype=bool)).tocsr().sorted_indices()


def return_probabilities(graph: SimpleGraph, triangles: Floats, squares: Floats) -> tuple[Floats, Floats, Floats]:
    """Probabilities p_2, p_3, p_4 that a random walk is back after 2, 3, 4 steps, each (N,); 0 for isolated nodes.

    Args:
        triangles: weight of the triangles on each edge (2M,), and
        squares: of the 4-cycles through each node (N,), where a node weighs 1 / degree.
    """
    inverse = inverse_degree(graph)
    p2 = inverse * graph.neighbour_sum(inverse)
    p3 = graph.row_sum(triangles)
    # Closed walks v-u-x-w-v: with x = v, with x != v but u = w, and the 4-cycles, each in both directions.
    back_and_forth = graph.row_sum(inverse[graph.col] * (p2[graph.col] - inverse[graph.row] * inverse[graph.col]))
    return p2, p3, p2**2 + inverse * back_and_forth + 2 * squares


def return_8(graph: SimpleGraph, *, seed: int) -> Estimate:
    r"""Probability that a random walk is back after 8 steps; 0 for isolated nodes.

    p_8(v) = ||S^4 e_v||^2 with S = D^-1/2 A D^-1/2, which equals the mean of (S^4 z)_v^2 over random signs z. Small
    graphs use all N unit vectors z = e_i in place of 256 random ones: then the sum is exact. The relative standard
    error of the estimate is at most sqrt(2 / 256), about 0.09.
    """
    n = graph.num_nodes
    exact = n * len(graph.col) <= PRODUCTS_BUDGET
    draws = n if exact else WALK_DRAWS
    adjacency = _torch_csr(graph.start, graph.col)
    scale = torch.from_numpy(np.sqrt(inverse_degree(graph))).float().unsqueeze(1)
    generator = torch.Generator().manual_seed(seed)
    total, total_squared = torch.zeros(n, dtype=torch.float64), torch.zeros(n, dtype=torch.float64)
    for begin in range(0, draws, COLUMNS_AT_ONCE):
        width = min(COLUMNS_AT_ONCE, draws - begin)
        if exact:
            z = torch.zeros(n, width)
            z[begin + torch.arange(width), torch.arange(width)] = 1
        else:
            z = torch.randint(0, 2, (n, width), generator=generator).float() * 2 - 1
        for _ in range(4):
            z = scale * (adjacency @ (scale * z))
        squared = z.square().double()
        total += squared.sum(1)
        total_squared += squared.square().sum(1)
    if exact:
        return Estimate(total.numpy(), np.zeros(n))
    mean = total / draws
    variance = (total_squared / draws - mean.square()).clamp_min(0)
    return Estimate(mean.numpy(), (variance / (draws - 1)).sqrt().numpy())


def inverse_degree(graph: SimpleGraph) -> Floats:
    """1 / degree, 0 for isolated nodes; (N,)."""
    degree = graph.degree
    return np.divide(1.0, degree, out=np.zeros(graph.num_nodes), where=degree > 0)


def _torch_csr(start: Ints, col: Ints) -> Tensor:
    """The 0/1 matrix in float32; torch multiplies many columns several times as fast as scipy."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta state")
        return torch.sparse_csr_tensor(
            torch.from_numpy(start),
            torch.from_numpy(col) if len(col) else torch.empty(0, dtype=torch.int64),  # torch 2.6 asks for its strides
            torch.ones(len(col)),
            (len(start) - 1,) * 2,
            check_invariants=True,
        )
