"""Communities of a graph by modularity, for graphs of millions of edges."""

from __future__ import annotations

import torch
from torch import Tensor

GROUPS = 4  # nodes of one move at the same time; of two neighbours that would swap, one mostly waits
SWEEPS = 10  # of a level, at most
ENOUGH = 0.005  # share of nodes that move in a sweep, below which a level is done


def communities(edge_index: Tensor, num_nodes: int, *, seed: int = 0) -> Tensor:
    r"""Louvain's method with nodes moved in random groups: each to the neighbouring community that raises modularity most.

    .. math:: Q = \frac{1}{2m} \sum_{uv} \Big(A_{uv} - \frac{d_u d_v}{2m}\Big) [c_u = c_v]

    Source: Blondel et al. (J. Stat. Mech. 2008, P10008); moves in parallel as Lu et al. (Parallel Computing 47, 2015).

    Args:
        edge_index: both directions of every edge, (2, 2M).
        num_nodes: N.
        seed: of the groups.

    Shapes:
        returns (N,), numbers of communities from 0
    """
    generator = torch.Generator().manual_seed(seed)
    member, weight = torch.arange(num_nodes), torch.ones(edge_index.size(1), dtype=torch.float64)
    while edge_index.size(1):
        size = int(member.max()) + 1
        label = _moved(edge_index, weight, size, generator)
        found, label = label.unique(return_inverse=True)
        member = label[member]
        if len(found) == size:
            break
        # Each community becomes a node; what lies within it becomes a loop.
        pairs, inverse = (label[edge_index[0]] * len(found) + label[edge_index[1]]).unique(return_inverse=True)
        weight = torch.zeros(len(pairs), dtype=torch.float64).index_add_(0, inverse, weight)
        edge_index = torch.stack([pairs // len(found), pairs % len(found)])
    return member


def _moved(edge_index: Tensor, weight: Tensor, size: int, generator: torch.Generator) -> Tensor:
    """A community for each of `size` nodes, each starting alone; (2, E), (E,) -> (size,)."""
    degree = torch.zeros(size, dtype=torch.float64).index_add_(0, edge_index[1], weight)
    total, label = degree.sum(), torch.arange(size)
    loops = edge_index[0] == edge_index[1]
    (source, target), weight = edge_index[:, ~loops], weight[~loops]
    for _ in range(SWEEPS):
        group, moves = torch.randint(GROUPS, (size,), generator=generator)[target], 0
        for number in range(GROUPS):
            volume = torch.zeros(size, dtype=torch.float64).index_add_(0, label, degree)
            chosen = group == number
            pairs, inverse = (target[chosen] * size + label[source[chosen]]).unique(return_inverse=True)
            links = torch.zeros(len(pairs), dtype=torch.float64).index_add_(0, inverse, weight[chosen])
            node, community = pairs // size, pairs % size
            own = label[node] == community
            gain = links - degree[node] * (volume[community] - torch.where(own, degree[node], 0.0)) / total
            stay = -degree * (volume[label] - degree) / total  # of a node with no neighbour in its community
            stay[node[own]] = gain[own]
            best = stay.scatter_reduce(0, node, gain, "amax")
            better = (gain == best[node]) & (gain > stay[node] + 1e-9)
            target_label = label.new_full((size,), size).scatter_reduce(0, node[better], community[better], "amin")
            moving = target_label < size
            label = torch.where(moving, target_label, label)
            moves += int(moving.sum())
        if moves <= ENOUGH * size:
            break
    return label
