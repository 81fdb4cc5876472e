r"""pRotatE: RotatE with all moduli fixed, so that entities are angles too (Sun et al. 2019, arXiv 1902.10197)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from graphfm.kg.scorers.pairing import SINE, Tier
from graphfm.kg.scorers.rotate import EPSILON
from graphfm.kg.scorers.scorer import Scorer
from graphfm.settings import NotNegative


class PRotatE(Scorer):
    r""":math:`\gamma - m \sum_k |\sin(\theta_{h,k} + \theta_{r,k} - \theta_{t,k})|` with a learned modulus m.

    As in the authors' code the angles are :math:`\pi x / b`, the sine is of the whole angle (the chord of the paper
    would take half of it), and m starts at b / 2. The inverse relation has the opposite angles.

    Args:
        dim: d, the number of angles.
        gamma: margin.
        tier: see `Scorer`.
    """

    def __init__(self, dim: int, *, gamma: NotNegative = 12.0, tier: Tier = "auto") -> None:
        super().__init__(entity_dim=dim, relation_dim=dim, bound=(gamma + EPSILON) / dim, tier=tier)
        self.gamma = gamma
        self.modulus = nn.Parameter(torch.tensor(0.5 * self.bound))

    def query(self, head: Tensor, rel: Tensor) -> Tensor:
        return (head + rel) * (math.pi / self.bound)

    def match(self, query: Tensor, tail: Tensor, index: Tensor | None = None) -> Tensor:
        return self.gamma - self.modulus * SINE(query, tail * (math.pi / self.bound), index, tier=self.tier)

    def inverse(self, rel: Tensor) -> Tensor:
        return -rel
