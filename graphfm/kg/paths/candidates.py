"""What a pruning expert sees of a layer, and the experts: each rates every node by one criterion."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from graphfm.ops import segment_max


class Candidates(NamedTuple):
    """The N nodes that a layer reached over E edges, for B queries of relation vector `query`."""

    state: Tensor  # (N, d)
    score: Tensor  # (N,)
    row: Tensor  # (N,) query of each node
    is_new: Tensor  # (N,) not reached before
    query: Tensor  # (B, d)
    edge_logit: Tensor  # (E,) attention before the sigmoid, edges by destination
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
        return segment_max(nodes.edge_logit, nodes.edge_node, nodes.score.numel())


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
