"""Neighbour sampling in plain PyTorch: no compiled extension, no state, the same draw for the same generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Subgraph(NamedTuple):
    """A sampled neighbourhood: `node` (n,) ids in the full graph, seeds first; `edge_index` (2, e) in local numbers."""

    node: Tensor
    edge_index: Tensor


class NeighborSampler:
    """Draws a fixed fan-out of in-neighbours, hop by hop, around seed nodes (GraphSAGE, arXiv 1706.02216).

    A node with at most `fanout` in-neighbours keeps them all. A larger list is cut into `fanout` strata and one neighbour is
    drawn from each, so no neighbour is drawn twice and no node's degree is looped over.

    Args:
        edge_index: (2, E), source above destination.
        num_nodes: number of nodes.
    """

    def __init__(self, edge_index: Tensor, num_nodes: int) -> None:
        order = torch.argsort(edge_index[1], stable=True)
        self.source = edge_index[0][order]
        self.start = torch.zeros(num_nodes + 1, dtype=torch.long)
        self.start[1:] = torch.bincount(edge_index[1], minlength=num_nodes).cumsum(0)

    @property
    def num_nodes(self) -> int:
        return len(self.start) - 1

    def edge_index(self) -> Tensor:
        """All edges (2, E), sorted by destination."""
        return torch.stack([self.source, torch.repeat_interleave(torch.arange(self.num_nodes), self.start.diff())])

    def sample(self, seeds: Tensor, fanout: Sequence[int], *, generator: torch.Generator) -> Subgraph:
        """The neighbourhood of distinct `seeds` (B,), one entry of `fanout` a hop."""
        local = torch.full((self.num_nodes,), -1)
        local[seeds] = torch.arange(len(seeds))
        nodes, sources, destinations = [seeds], [], []
        frontier, total = seeds, len(seeds)
        for k in fanout:
            source, position = self._in_neighbors(frontier, k, generator)
            new = torch.unique(source[local[source] < 0])
            local[new] = torch.arange(total, total + len(new))
            sources.append(local[source])
            destinations.append(local[frontier[position]])
            nodes.append(new)
            frontier, total = new, total + len(new)
        return Subgraph(torch.cat(nodes), torch.stack([torch.cat(sources), torch.cat(destinations)]))

    def draw_one(self, nodes: Tensor, *, generator: torch.Generator) -> Tensor:
        """One random in-neighbour of each node; the node itself where it has none."""
        if not len(self.source):
            return nodes
        start, degree = self.start[nodes], self.start[nodes + 1] - self.start[nodes]
        offset = (torch.rand(len(nodes), generator=generator, dtype=torch.double) * degree).long()
        return torch.where(degree > 0, self.source[(start + offset).clamp(max=len(self.source) - 1)], nodes)

    def _in_neighbors(self, nodes: Tensor, k: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Sources (e,) and, for each, the position (e,) in `nodes` of its destination."""
        start, degree = self.start[nodes], self.start[nodes + 1] - self.start[nodes]
        few, many = (degree <= k).nonzero().flatten(), (degree > k).nonzero().flatten()

        count = degree[few]
        offset = torch.arange(int(count.sum())) - torch.repeat_interleave(count.cumsum(0) - count, count)
        edge, position = torch.repeat_interleave(start[few], count) + offset, torch.repeat_interleave(few, count)

        border = torch.arange(k + 1) * degree[many, None] // k  # (many, k + 1), strata of at least one neighbour
        width = border[:, 1:] - border[:, :-1]
        draw = (torch.rand(width.shape, generator=generator, dtype=torch.double) * width).long()
        edge = torch.cat([edge, (start[many, None] + border[:, :-1] + draw).flatten()])
        position = torch.cat([position, many.repeat_interleave(k)])
        return self.source[edge], position
