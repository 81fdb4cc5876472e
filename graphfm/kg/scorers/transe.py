"""TransE: a relation is a translation (Bordes et al. 2013)."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from graphfm.kg.scorers.pairing import ABSOLUTE, SQUARE, Tier
from graphfm.kg.scorers.rotate import EPSILON
from graphfm.kg.scorers.scorer import Scorer
from graphfm.settings import NotNegative


class TransE(Scorer):
    r""":math:`\gamma - \|h + r - t\|_p`; the inverse relation is -r.

    Args:
        dim: d.
        gamma: margin.
        p: 1 or 2.
        tier: see `Scorer`.
    """

    def __init__(self, dim: int, *, gamma: NotNegative = 12.0, p: Literal[1, 2] = 1, tier: Tier = "auto") -> None:
        super().__init__(entity_dim=dim, relation_dim=dim, bound=(gamma + EPSILON) / dim, tier=tier)
        if p not in (1, 2):
            raise ValueError(f"received p={p!r}, expected 1 or 2")
        self.gamma, self.p = gamma, p

    def query(self, head: Tensor, rel: Tensor) -> Tensor:
        return head + rel

    def match(self, query: Tensor, tail: Tensor, index: Tensor | None = None) -> Tensor:
        if self.p == 1:
            return self.gamma - ABSOLUTE(query, tail, index, tier=self.tier)
        # The floor keeps the gradient of the root finite where query and tail meet.
        return self.gamma - SQUARE(query, tail, index, tier=self.tier).clamp_min(1e-12).sqrt()

    def inverse(self, rel: Tensor) -> Tensor:
        return -rel
