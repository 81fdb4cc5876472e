"""One layer of path reasoning: what it reads of relations, the messages out of the frontier, and the state it carries on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from graphfm.kg.known import inverse
from graphfm.kg.paths.frontier import Expansion
from graphfm.ops import spmm


class RelationVectors(NamedTuple):
    """Vectors of relations for B queries, which may see them in G ways: G = 1 in a table, else one for each relation asked.

    K = 2R + 1 relations, inverses and the identity included; relation r of way g is row `g * K + r` of a table.
    """

    query: Tensor  # (B, d) of the relation asked for
    tables: Sequence[Tensor]  # for each layer (G * K, d), and after them what else a model reads
    own: Tensor  # (B,) row of the relation asked for, in every table
    group: Tensor | None = None  # (B,) the way of each query; None where G = 1


class Messages(NamedTuple):
    """What arrives at the N' nodes reached over E edges, for B queries."""

    total: Tensor  # (N', d) sum of messages
    pair_logit: Tensor  # (P,) attention before its sigmoid, of the pairs (node, relation)
    pair_weight: Tensor  # (P,) attention
    edge_weight: Tensor  # (E,) attention, edges by destination
    query: Tensor  # (B, d) vector of the relation asked for, in this layer's table


class PathLayer(nn.Module):
    r"""Query-conditioned attention over typed edges (RED-GNN, Zhang and Yao 2022; MoKGR, eq. 11-14).

    .. math::
        \alpha = \sigma\big(w_a^\top \mathrm{ReLU}(W_s h_x + W_r e_r + W_q e_{r_q} + b) + b_a\big), \quad
        m_y = \sum_{(x, r, y)} \alpha\,(h_x + e_r)

    The attention depends on x and r alone, so it is computed once for all edges of a pair; the sum is two sparse
    products, so no `(E, d)` tensor of messages is built.

    Args:
        num_relations: R, without inverses; the layer has a vector for each of the 2R + 1. None: vectors are handed in.
        channels: d.
        attention_channels: width of the attention.
        query_match: add to :math:`e_r`, where r is the relation asked for or its inverse, a vector that all relations share,
            one for each of the two: what "the same relation" tells is learnt once, and holds for a relation of two triples.
    """

    def __init__(
        self, num_relations: int | None, channels: int, *, attention_channels: int = 5, query_match: bool = False
    ) -> None:
        super().__init__()
        self.relation = None if num_relations is None else nn.Embedding(2 * num_relations + 1, channels)
        self.of_source = nn.Linear(channels, attention_channels, bias=False)
        self.of_relation = nn.Linear(channels, attention_channels, bias=False)
        self.of_query = nn.Linear(channels, attention_channels)
        self.attention = nn.Linear(attention_channels, 1)
        self.match = nn.Embedding(2, channels) if query_match else None

    def forward(
        self,
        state: Tensor,
        table: Tensor,
        own: Tensor,
        row: Tensor,
        step: Expansion,
        hidden: Tensor | None = None,
        live: Tensor | None = None,
    ) -> Messages:
        """Args: `state` `(N, d)` and `row` `(N,)` of the frontier, `table` and `own` of `RelationVectors`, `step` out of the
        frontier; with `query_match`, `hidden` `(B,)`: queries whose relation has no vector here, so that its edges have their
        mark alone; `live` `(N,)`: the nodes of the frontier that send messages, all of them by default.
        """
        if hidden is not None and self.match is None:
            raise ValueError("a relation can be hidden where query_match marks its edges")
        query = table.index_select(0, own)
        named, told = (
            self.of_relation(table).index_select(0, step.pair_vector),
            None,
        )  # (P, a); (P,) edges with a vector
        if self.match is not None:
            kind = _matches(own.index_select(0, row), step, (len(table) - 1) // 2)  # (P,)
            marks = torch.cat([torch.zeros_like(query[:1]), self.match.weight])  # (3, d)
            if hidden is not None:
                query = query.masked_fill(hidden.unsqueeze(1), 0.0)
                told = ~(hidden.index_select(0, row).index_select(0, step.pair_source) & (kind > 0))
                named = named * told.unsqueeze(1)
            named = named + self.of_relation(marks).index_select(0, kind)
        source = self.of_query(query).index_select(0, row).add_(self.of_source(state))  # (N, a)
        logit = self.attention(source.index_select(0, step.pair_source).add_(named).relu_()).squeeze(-1)  # (P,)
        weight = torch.sigmoid(logit)
        if live is not None:
            weight = weight * live.index_select(0, step.pair_source)
        of_edge = step.of_edges(weight)  # (E,)
        of_vector = of_edge if told is None else step.of_edges(weight * told)
        total = spmm(step.edges, state, of_edge) + spmm(step.relations, table, of_vector)
        if self.match is not None:
            place = 3 * step.edges.dst + step.of_edges(kind)  # (E,)
            total = total + weight.new_zeros(3 * len(total)).index_add(0, place, of_edge).view(-1, 3) @ marks
        return Messages(total, logit, weight, of_edge, query)


def _matches(asked: Tensor, step: Expansion, num_relations: int) -> Tensor:
    """`(P,)`: 1 for a pair of the relation asked for, 2 for its inverse, else 0; `asked` `(N,)` of the frontier's nodes."""
    asked = asked.index_select(0, step.pair_source)
    other = inverse(asked, num_relations)
    return (step.pair_rel == asked).long() + 2 * (step.pair_rel == other).long()


class Carry(nn.GRUCell):
    """`torch.nn.GRUCell` on N' nodes of which N had a state before: most have just been reached, and what their zeros would
    cost is not spent.

    Shapes:
        update `(N', d)`, state `(N, d)`, old `(N,)` their places among the N', ascending -> `(N', d)`.
    """

    def forward(self, update: Tensor, state: Tensor, old: Tensor) -> Tensor:  # type: ignore[override]
        # Where many had a state, zeros for the rest cost less than adding at places.
        if len(update) > len(old) > len(update) // 4 and not torch.is_grad_enabled():
            state = state.new_zeros(len(update), state.size(1)).index_copy_(0, old, state)
            old = torch.arange(len(update), device=old.device)
        all_old = len(old) == len(update)  # then each is at its own place
        # A product with a bias would copy it to all rows first; gates side by side would be strided ever after.
        in_reset, in_stay, in_fresh = self.weight_ih.chunk(3)
        of_reset, of_stay, of_fresh = self.weight_hh.chunk(3)
        *in_gates, in_bias_fresh = self.bias_ih.chunk(3)
        *of_gates, bias_fresh = self.bias_hh.chunk(3)

        def gate(of_update: Tensor, of_state: Tensor, bias: Tensor) -> Tensor:
            sums = update @ of_update.T
            sums = sums.addmm_(state, of_state.T) if all_old else sums.index_add_(0, old, state @ of_state.T)
            return sums.add_(bias).sigmoid_()

        reset = gate(in_reset, of_reset, in_gates[0] + of_gates[0])
        stay = gate(in_stay, of_stay, in_gates[1] + of_gates[1])
        kept, fresh = state @ of_fresh.T, (update @ in_fresh.T).add_(in_bias_fresh)
        if all_old:
            fresh = _tanh(fresh.addcmul_(reset, kept.add_(bias_fresh)))
            return torch.lerp(fresh, state, stay) if torch.is_grad_enabled() else fresh.lerp_(state, stay)
        fresh = fresh.addcmul_(reset, bias_fresh)
        fresh = _tanh(fresh.index_add_(0, old, reset.index_select(0, old) * kept))
        return (fresh - stay * fresh).index_add_(0, old, stay.index_select(0, old) * state)


def _tanh(x: Tensor) -> Tensor:
    """By the sigmoid where no gradient is wanted, which takes half the time on a CPU; the same up to rounding."""
    return x.tanh_() if torch.is_grad_enabled() else x.mul_(2).sigmoid_().mul_(2).sub_(1)


def dropout_of(x: Tensor, share: float) -> Tensor:
    """As torch's dropout, whose draw takes three times as long on a CPU."""
    if not share:
        return x
    return x * (torch.rand_like(x) >= share).to(x.dtype).mul_(1 / (1 - share))
