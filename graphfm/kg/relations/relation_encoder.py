"""Vectors of relations from the relation graph, seen from the relation asked for."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from graphfm.kg.relations.relation_graph import EDGE_KINDS, RelationGraph


class RelationLayer(nn.Module):
    r"""One step of messages between relations.

    .. math::
        m_i = \sum_k w_k \sum_j \frac{x_j}{\sqrt{\deg_k i}} + v_k \sum_j P_k(j \mid i)\, x_j \; + \; u\, x_{i^{-1}} + t_i,
        \qquad x_i \leftarrow x_i + \mathrm{ReLU}(\mathrm{LN}(W [x_i \| m_i + b_i]))

    The first sum is ULTRA's, that two relations meet, made robust to their number; the second weighs them by how often they
    meet, without which relations of a small dense graph all look alike; the third is the inverse of the relation; t, where it is
    asked for, comes from the relations that hold of the same pairs, by the share of their own facts and of the other's.

    Args:
        channels: d.
        pairs: read which relations hold of the same pairs.
    """

    def __init__(self, channels: int, *, pairs: bool = False) -> None:
        super().__init__()
        self.even = nn.Parameter(torch.randn(EDGE_KINDS, channels))
        self.share = nn.Parameter(torch.randn(EDGE_KINDS, channels))
        self.inverse = nn.Parameter(torch.randn(channels))
        self.linear = nn.Linear(2 * channels, channels)
        self.norm = nn.LayerNorm(channels)
        self.together = nn.Parameter(torch.randn(2, channels)) if pairs else None

    def forward(self, graph: RelationGraph, x: Tensor, boundary: Tensor) -> Tensor:
        """Shapes: `x, boundary (2R, G, d) -> (2R, G, d)`."""
        message = graph.sum(x, self.even, graph.even) + graph.sum(x, self.share, graph.share)
        message = message + self.inverse * x.roll(graph.num_relations, 0) + boundary
        if self.together is not None:
            message = message + graph.sum_together(x, self.together)
        return x + torch.relu(self.norm(self.linear(torch.cat([x, message], -1))))


class RelationEncoder(nn.Module):
    """Layers of messages between all relations, of which the one asked for starts from ones.

    Besides, every relation starts from its fan, how many facts a head and a tail of it have: that a head has one fact at most is
    what tells an answer that is free from one that is taken.

    Args:
        channels: d.
        num_layers: layers.
        pairs: see `RelationLayer`.
    """

    def __init__(self, channels: int, num_layers: int = 4, *, pairs: bool = False) -> None:
        super().__init__()
        self.channels = channels
        self.fan = nn.Linear(2, channels)
        self.layers = nn.ModuleList(RelationLayer(channels, pairs=pairs) for _ in range(num_layers))
        self.norm = nn.LayerNorm(channels)

    def forward(self, graph: RelationGraph, asked: Tensor) -> Tensor:
        """Shapes: `asked (G,)` below 2R -> `(G, 2R, d)`."""
        return self.seen_from(graph, torch.nn.functional.one_hot(asked, 2 * graph.num_relations))

    def seen_from(self, graph: RelationGraph, marks: Tensor) -> Tensor:
        """As `forward`, from several relations at once, each by its share. Shapes: `marks (G, 2R) -> (G, 2R, d)`."""
        x = boundary = marks.T.unsqueeze(2) + self.fan(graph.fan).unsqueeze(1)  # (2R, G, d)
        for layer in self.layers:
            x = layer(graph, x, boundary)
        vectors: Tensor = self.norm(x).transpose(0, 1)
        return vectors
