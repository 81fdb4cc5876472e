"""Edge lists as every graph holds them: no self loops, no repeats, what stays keeps its order."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class SimpleEdges(NamedTuple):
    """What `simplify` returns."""

    edge_index: Tensor
    edge_type: Tensor | None
    self_loops: int
    #: Places of what is left in the edges as they came, (E',).
    kept: Tensor
    #: Places of each edge that was dropped as a repeat, and of the one that it repeats, (2, R).
    repeats: Tensor

    @property
    def duplicates(self) -> int:
        return self.repeats.size(1)


def simplify(
    edge_index: Tensor, edge_type: Tensor | None = None, *, num_nodes: int, directed: bool = True
) -> SimpleEdges:
    """Drops self loops and repeated edges; the edges that stay keep their order.

    Two edges of different type are different edges. In an undirected graph (a, b) and (b, a) are one edge.

    Shapes:
        edge_index (2, E), edge_type (E,) -> (2, E'), (E',)

    >>> found = simplify(torch.tensor([[0, 1, 0, 2], [1, 0, 1, 2]]), num_nodes=3)
    >>> found.edge_index.T.tolist(), found.self_loops, found.repeats.T.tolist()
    ([[0, 1], [1, 0]], 1, [[2, 0]])
    """
    proper = edge_index[0] != edge_index[1]
    low, high = edge_index[:, proper] if directed else edge_index[:, proper].sort(dim=0).values
    key = low * num_nodes + high
    if edge_type is not None and edge_type.numel():
        key = key * (edge_type.max() + 1) + edge_type[proper]
    ordered, order = key.sort(stable=True)
    first = torch.ones_like(ordered, dtype=torch.bool)
    first[1:] = ordered[1:] != ordered[:-1]
    places = proper.nonzero().squeeze(1)[order]  # by edge, the first of equal ones first
    keep = places[first].sort().values  # (E',)
    repeated = torch.stack([places, places[first][first.cumsum(0) - 1]])[:, ~first]
    return SimpleEdges(
        edge_index[:, keep], None if edge_type is None else edge_type[keep], int((~proper).sum()), keep, repeated
    )


def both_directions(edge_index: Tensor, *, num_nodes: int) -> Tensor:
    """Each undirected edge once in each direction, sorted by destination, then source.

    Shapes:
        edge_index (2, E) -> (2, 2M), M undirected edges

    >>> both_directions(torch.tensor([[2, 0], [0, 2]]), num_nodes=3)
    tensor([[2, 0],
            [0, 2]])
    """
    src, dst = torch.cat([edge_index, edge_index.flip(0)], dim=1)  # (2E,) each
    key = torch.unique(dst * num_nodes + src)
    return torch.stack([key % num_nodes, key // num_nodes])
