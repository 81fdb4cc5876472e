"""Which of the nodes just reached a query keeps: the union of what its chosen pruning experts, which rate nodes, rate highest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from graphfm.kg.paths.gate import Balance, NoisyTopK
from graphfm.ops import segment_max, segment_softmax


class Candidates(NamedTuple):
    """The N nodes that a layer reached over E edges, for B queries of relation vector `query`."""

    state: Tensor  # (N, d)
    score: Tensor  # (N,)
    row: Tensor  # (N,) query of each node
    is_new: Tensor  # (N,) not reached before
    query: Tensor  # (B, d)
    pair_logit: Tensor  # (P,) attention before the sigmoid, of the pairs (node, relation) that edges leave from
    edge_pair: Tensor  # (E,) pair of each edge
    edge_node: Tensor  # (E,) destination of each edge


class ScoreExpert(nn.Module):
    """Rates a node by its score, phi_sco (MoKGR, eq. 20; AdaProp's sampler)."""

    def forward(self, nodes: Candidates) -> Tensor:
        return nodes.score


class AttentionExpert(nn.Module):
    """Rates a node by the largest attention among its edges, phi_att (MoKGR, eq. 21).

    The attention is taken before its sigmoid: the order is the same, and the noise of training has the scale of scores.
    """

    def forward(self, nodes: Candidates) -> Tensor:
        return segment_max(nodes.pair_logit.gather(0, nodes.edge_pair), nodes.edge_node, nodes.score.numel())


class SemanticExpert(nn.Module):
    """Rates a node by the cosine of its state and the relation asked for, phi_sem (MoKGR, eq. 22).

    Args:
        temperature: the cosine is divided by it, which leaves the order and gives the noise of training its scale.
    """

    def __init__(self, temperature: float = 0.1) -> None:
        super().__init__()
        self.temperature = temperature

    def forward(self, nodes: Candidates) -> Tensor:
        query = nn.functional.normalize(nodes.query, dim=-1).index_select(0, nodes.row)
        # The floor keeps the gradient of the norm finite at a zero state.
        length = (nodes.state.square().sum(-1) + 1e-12).sqrt()
        return (nodes.state * query).sum(-1) / length / self.temperature


PRUNING_EXPERTS: dict[str, type[nn.Module]] = {
    "score": ScoreExpert,
    "attention": AttentionExpert,
    "semantic": SemanticExpert,
}

TIE = 1e-5  # relative difference below which two ratings count as equal: rounding differs with the batch


class Pruned(NamedTuple):
    """Weight `(N,)` of each node's score, 0 where it is dropped; a factor `(N,)` for states; gate weights; balance."""

    weight: Tensor | None  # None where each node stays with weight 1
    factor: Tensor | None  # 1 in value, carries the gradient of the ratings; None where there is none
    gate: Tensor  # (B, experts)
    balance: Balance


class PruningMixture(nn.Module):
    r"""Mixture of pruning experts of one layer (MoKGR, eq. 6, 20-23).

    Each query keeps, among the nodes it has just reached, the union of the `width` best of each expert that its gate
    chose. A kept node's score is weighted by the gate weights of the experts that kept it; nodes reached before stay,
    with weight 1. Ratings get Gumbel noise while training, and a straight-through gradient: states are multiplied by
    :math:`1 + \sum_i g_i (p_i - \mathrm{stop}(p_i))` with p the softmax of ratings over the new nodes of the query.

    Nodes that rate as high as the last one kept are kept too, so that the numbering of entities decides nothing.

    Args:
        experts: modules `Candidates -> ratings (N,)`, larger is better.
        channels: d.
        width: K, nodes that an expert keeps of those a query has just reached.
        k: experts that a query chooses.
        temperature: of the gate.
        noise: draw noise of the gate and of the ratings while training.
    """

    def __init__(
        self,
        experts: Sequence[nn.Module],
        channels: int,
        *,
        width: int,
        k: int = 2,
        temperature: float = 1.5,
        noise: bool = True,
    ) -> None:
        super().__init__()
        if width < 1:
            raise ValueError(f"an expert keeps at least one node, received width={width}")
        self.experts = nn.ModuleList(experts)
        self.gate = NoisyTopK(channels, len(experts), k=min(k, len(experts)), temperature=temperature, noise=noise)
        self.width, self.noise = width, noise

    def forward(self, nodes: Candidates, source: Tensor) -> Pruned:
        """Args: `nodes`, N of them; `source` `(B, d)`, states of the queries' own source nodes one layer before."""
        gate = self.gate(source, nodes.query)
        new = nodes.is_new.nonzero().squeeze(1)
        if not len(new):
            return Pruned(None, None, gate.weights, gate.balance)
        row = nodes.row.index_select(0, new)
        per_node = gate.weights.index_select(0, row)  # (M, experts)
        weight = gradient = nodes.score.new_zeros(len(new))
        groups = Groups.of(row, len(source))
        graded = torch.is_grad_enabled()
        if not graded and groups.shape[1] <= self.width:  # all are kept, so that no rating matters
            return Pruned(None, None, gate.weights, gate.balance)
        for i, expert in enumerate(self.experts):
            rating = expert(nodes).index_select(0, new)
            if self.training and self.noise:
                rating = rating - torch.empty_like(rating).exponential_().log()  # Gumbel
            kept = best(rating.detach(), groups, width=self.width)
            weight = weight + per_node[:, i] * kept
            if graded and rating.requires_grad:
                share = segment_softmax(rating, row, len(source))
                gradient = gradient + per_node[:, i] * (share - share.detach())
        factor = torch.ones_like(nodes.score).index_add(0, new, gradient) if gradient.requires_grad else None
        return Pruned(torch.ones_like(nodes.score).index_copy(0, new, weight), factor, gate.weights, gate.balance)


class Groups(NamedTuple):
    """M nodes as cells of a table with a row for each query; made once a layer, for its width is read back by the host."""

    row: Tensor  # (M,) query of each node, ascending
    place: Tensor  # (M,) among the nodes of its query
    shape: tuple[int, int]  # queries, nodes of the largest

    @classmethod
    def of(cls, row: Tensor, num_queries: int) -> Groups:
        count = torch.bincount(row, minlength=num_queries)
        place = torch.arange(row.numel(), device=row.device) - (count.cumsum(0) - count).index_select(0, row)
        return cls(row, place, (num_queries, int(count.max()) if num_queries else 0))


def best(rating: Tensor, groups: Groups, *, width: int) -> Tensor:
    """Which nodes rate at least as high as the `width`-th of their query; all, where a query has no more.

    Args:
        rating: `(M,)`.
        groups: the nodes by query.

    Shapes: -> `(M,)`, 1 or 0 of the type of `rating`.

    >>> best(torch.tensor([3.0, 1.0, 2.0, 5.0]), Groups.of(torch.tensor([0, 0, 0, 1]), 2), width=2)
    tensor([1., 0., 1., 1.])
    """
    if groups.shape[1] <= width:
        return torch.ones_like(rating)
    table = rating.new_full(groups.shape, -torch.inf)
    table[groups.row, groups.place] = rating
    bar = table.topk(width, dim=1).values[:, -1]  # -inf where there are fewer
    bar = bar - TIE * bar.abs().nan_to_num(posinf=0.0)
    return (rating >= bar.index_select(0, groups.row)).to(rating.dtype)


def widths(
    num_layers: int, *, low: int = 1000, last: int = 1000, high: int = 2000, turn: int = 3, steepness: float = 3.0
) -> list[int]:
    r"""How many nodes an expert keeps at each layer: few, many, then fewer again (MoKGR, eq. 24).

    .. math::
        K^l = K_s + (K_h - K_s)\,\sigma(a(l - l_i/2)) \ (l < l_i), \qquad
        K^l = K_l + (K_h - K_l)\,(1 - \sigma(a(l - 3 l_i/2))) \ \text{else}

    Args:
        num_layers: L.
        low: K_s.
        last: K_l.
        high: K_h.
        turn: l_i.
        steepness: a.

    >>> widths(8)
    [1182, 1817, 1989, 1817, 1182, 1010, 1000, 1000]
    """

    def at(layer: int) -> float:
        if layer < turn:
            return low + (high - low) * _sigmoid(steepness * (layer - turn / 2))
        return last + (high - last) * (1 - _sigmoid(steepness * (layer - 3 * turn / 2)))

    return [int(at(layer)) for layer in range(1, num_layers + 1)]


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))
