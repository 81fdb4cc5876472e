r"""CompoundE: a relation scales, turns and moves the head (Ge et al. 2023, arXiv 2207.05324)."""

from __future__ import annotations

import math

from torch import Tensor, nn

from graphfm.kg.scorers.pairing import ABSOLUTE, Tier
from graphfm.kg.scorers.rotate import EPSILON, rotate
from graphfm.kg.scorers.scorer import Scorer
from graphfm.settings import NotNegative


class CompoundE(Scorer):
    r""":math:`\gamma - \|T_r R_r S_r h - t\|_1`, the paper's variant CompoundE-Head.

    :math:`S_r` scales every coordinate, :math:`R_r` turns pairs of coordinates, :math:`T_r` adds a vector. Entities are
    `(d,)`, a relation is `[translation d | scale d | angles d / 2]`. With scales of 1 and no translation it is RotatE
    under another norm, with scales of 1 and no angles TransE.

    Differences from the authors' code: it moves the tail and not the head, and divides entities by their norm first.
    Scaling changes distances, so an inverse in closed form does not exist: use reciprocal relations.

    Args:
        dim: d, even.
        gamma: margin.
        tier: see `Scorer`.

    Raises:
        ValueError: an odd dim.
    """

    def __init__(self, dim: int, *, gamma: NotNegative = 12.0, tier: Tier = "auto") -> None:
        if dim % 2:
            raise ValueError(f"received dim={dim}, expected an even dim")
        self.widths = [dim, dim, dim // 2]
        super().__init__(entity_dim=dim, relation_dim=sum(self.widths), bound=(gamma + EPSILON) / dim, tier=tier)
        self.gamma = gamma

    def query(self, head: Tensor, rel: Tensor) -> Tensor:
        translation, scale, angle = rel.split(self.widths, dim=-1)
        return rotate(scale * head, angle) + translation

    def match(self, query: Tensor, tail: Tensor, index: Tensor | None = None) -> Tensor:
        return self.gamma - ABSOLUTE(query, tail, index, tier=self.tier)

    def start_relations(self, weight: Tensor) -> None:
        translation, scale, angle = weight.split(self.widths, dim=-1)
        nn.init.uniform_(translation, -self.bound, self.bound)
        nn.init.ones_(scale)
        nn.init.uniform_(angle, -math.pi, math.pi)
