"""ComplEx: DistMult over complex numbers, where exchanging head and tail conjugates (Trouillon et al. 2016)."""

from __future__ import annotations

import torch
from torch import Tensor

from graphfm.kg.scorers.pairing import DOT, Tier
from graphfm.kg.scorers.scorer import Scorer
from graphfm.settings import Positive


class ComplEx(Scorer):
    r""":math:`\mathrm{Re} \sum_k h_k r_k \bar t_k`, vectors as `[real | imaginary]`; the inverse relation is conj(r).

    Args:
        dim: d, the number of complex coordinates.
        bound: vectors start uniform in (-bound, bound).
        tier: see `Scorer`.
    """

    def __init__(self, dim: int, *, bound: Positive = 0.1, tier: Tier = "auto") -> None:
        super().__init__(entity_dim=2 * dim, relation_dim=2 * dim, bound=bound, tier=tier)

    def query(self, head: Tensor, rel: Tensor) -> Tensor:
        (a, b), (c, d) = head.chunk(2, dim=-1), rel.chunk(2, dim=-1)
        return torch.cat([a * c - b * d, a * d + b * c], dim=-1)

    def match(self, query: Tensor, tail: Tensor, index: Tensor | None = None) -> Tensor:
        return query @ tail.T if index is None else DOT(query, tail, index, tier=self.tier)

    def inverse(self, rel: Tensor) -> Tensor:
        re, im = rel.chunk(2, dim=-1)
        return torch.cat([re, -im], dim=-1)
