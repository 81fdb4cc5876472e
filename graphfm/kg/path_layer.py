"""One step of path reasoning: messages along the edges out of the frontier, weighed for the relation asked for."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from graphfm.kg.frontier import Expansion
from graphfm.ops import spmm


class Messages(NamedTuple):
    """What arrives at the N' nodes reached over E edges, for B queries."""

    total: Tensor  # (N', d) sum of messages
    edge_logit: Tensor  # (E,) attention before its sigmoid, edges by destination
    query: Tensor  # (B, d) vector of the relation asked for, in this layer's table


class PathLayer(nn.Module):
    r"""Query-conditioned attention over typed edges (RED-GNN, Zhang and Yao 2022; MoKGR, eq. 11-14).

    .. math::
        \alpha = \sigma\big(w_a^\top \mathrm{ReLU}(W_s h_x + W_r e_r + W_q e_{r_q} + b) + b_a\big), \quad
        m_y = \sum_{(x, r, y)} \alpha\,(h_x + e_r)

    The attention depends on x and r alone, so it is computed once for all edges of a pair; the sum is two sparse
    products, so no `(E, d)` tensor of messages is built.

    Args:
        num_relations: R, without inverses; the layer has a vector for each of the 2R + 1.
        channels: d.
        attention_channels: width of the attention.
    """

    def __init__(self, num_relations: int, channels: int, *, attention_channels: int = 5) -> None:
        super().__init__()
        self.relation = nn.Embedding(2 * num_relations + 1, channels)
        self.of_source = nn.Linear(channels, attention_channels, bias=False)
        self.of_relation = nn.Linear(channels, attention_channels, bias=False)
        self.of_query = nn.Linear(channels, attention_channels)
        self.attention = nn.Linear(attention_channels, 1)

    def forward(self, state: Tensor, rel: Tensor, row: Tensor, step: Expansion) -> Messages:
        """Args: `state` `(N, d)` and `row` `(N,)` of the frontier, `rel` `(B,)` asked for, `step` out of the frontier."""
        table = self.relation.weight
        query = table.index_select(0, rel)
        source = self.of_source(state) + self.of_query(query).index_select(0, row)  # (N, a)
        hidden = source.index_select(0, step.pair_source)
        hidden = hidden + self.of_relation(table).index_select(0, step.pair_rel)
        logit = self.attention(torch.relu(hidden)).squeeze(-1)  # (P,)
        weight = torch.sigmoid(logit).index_select(0, step.edge_pair)
        total = spmm(step.edges, state, weight) + spmm(step.relations, table, weight)
        return Messages(total, logit.index_select(0, step.edge_pair), query)
