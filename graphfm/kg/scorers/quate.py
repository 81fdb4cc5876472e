"""QuatE: a relation turns every quaternion coordinate of the head (Zhang et al. 2019, arXiv 1904.10281)."""

from __future__ import annotations

import torch
from torch import Tensor

from graphfm.kg.scorers.pairing import DOT, Tier
from graphfm.kg.scorers.scorer import Scorer
from graphfm.settings import Positive


class QuatE(Scorer):
    r""":math:`\langle h \otimes r / |r|, t \rangle` over quaternions (eq. 8), vectors as `[1 | i | j | k]` parts.

    The norm is that of each quaternion coordinate. The inverse relation is conj(r).

    Args:
        dim: d, the number of quaternion coordinates.
        bound: vectors start uniform in (-bound, bound).
        tier: see `Scorer`.
    """

    def __init__(self, dim: int, *, bound: Positive = 0.1, tier: Tier = "auto") -> None:
        super().__init__(entity_dim=4 * dim, relation_dim=4 * dim, bound=bound, tier=tier)

    def query(self, head: Tensor, rel: Tensor) -> Tensor:
        parts = torch.stack(rel.chunk(4, dim=-1))
        # The floor keeps a quaternion at the origin, and its gradient, finite.
        unit = parts / parts.square().sum(0).clamp_min(1e-20).sqrt()
        return hamilton(head, torch.cat(list(unit), dim=-1))

    def match(self, query: Tensor, tail: Tensor, index: Tensor | None = None) -> Tensor:
        return query @ tail.T if index is None else DOT(query, tail, index, tier=self.tier)

    def inverse(self, rel: Tensor) -> Tensor:
        real, *imaginary = rel.chunk(4, dim=-1)
        return torch.cat([real, *(-part for part in imaginary)], dim=-1)


def hamilton(p: Tensor, q: Tensor) -> Tensor:
    """The product of quaternions, coordinate by coordinate. Shapes: `(..., 4d), (..., 4d) -> (..., 4d)`.

    >>> i, j = torch.tensor([0.0, 1.0, 0.0, 0.0]), torch.tensor([0.0, 0.0, 1.0, 0.0])
    >>> hamilton(i, j).tolist()
    [0.0, 0.0, 0.0, 1.0]
    """
    (a, b, c, d), (e, f, g, h) = p.chunk(4, dim=-1), q.chunk(4, dim=-1)
    return torch.cat(
        [
            a * e - b * f - c * g - d * h,
            a * f + b * e + c * h - d * g,
            a * g - b * h + c * e + d * f,
            a * h + b * g - c * f + d * e,
        ],
        dim=-1,
    )
