"""DistMult: a relation weighs the coordinates of an inner product (Yang et al. 2015, arXiv 1412.6575)."""

from __future__ import annotations

from torch import Tensor

from graphfm.kg.scorers.pairing import DOT, Tier
from graphfm.kg.scorers.scorer import Scorer
from graphfm.settings import Positive


class DistMult(Scorer):
    r""":math:`\sum_k h_k r_k t_k`: symmetric in head and tail, so a relation is its own inverse.

    Args:
        dim: d.
        bound: vectors start uniform in (-bound, bound).
        tier: see `Scorer`.
    """

    def __init__(self, dim: int, *, bound: Positive = 0.1, tier: Tier = "auto") -> None:
        super().__init__(entity_dim=dim, relation_dim=dim, bound=bound, tier=tier)

    def query(self, head: Tensor, rel: Tensor) -> Tensor:
        return head * rel

    def match(self, query: Tensor, tail: Tensor, index: Tensor | None = None) -> Tensor:
        return query @ tail.T if index is None else DOT(query, tail, index, tier=self.tier)

    def inverse(self, rel: Tensor) -> Tensor:
        return rel
