r"""RotatE: a relation turns every complex coordinate of the head by an angle (Sun et al. 2019, arXiv 1902.10197)."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from graphfm.kg.scorers.pairing import MODULUS, SQUARE, Tier
from graphfm.kg.scorers.scorer import Scorer
from graphfm.settings import NotNegative

EPSILON = 2.0


class RotatE(Scorer):
    r""":math:`\gamma - \sum_k |h_k e^{i\theta_k} - t_k|`, a *sum* of moduli.

    Entities are `[real | imaginary]`, relations hold :math:`\theta = \pi r / b` with the starting bound
    :math:`b = (\gamma + 2) / d`, as in the authors' code. The inverse relation has the opposite angles.

    PyKEEN and PyG take the L2 norm of the difference, which is another model: that is `p=2`, and its starting bound is
    :math:`(\gamma + 2) / \sqrt d`, so that distances start near the margin there as well.

    Args:
        dim: d, the number of complex coordinates.
        gamma: margin.
        p: 1 or 2.
        tier: see `Scorer`.
    """

    def __init__(self, dim: int, *, gamma: NotNegative = 12.0, p: Literal[1, 2] = 1, tier: Tier = "auto") -> None:
        if p not in (1, 2):
            raise ValueError(f"received p={p!r}, expected 1 or 2")
        bound = (gamma + EPSILON) / (dim if p == 1 else math.sqrt(dim))
        super().__init__(entity_dim=2 * dim, relation_dim=dim, bound=bound, tier=tier)
        self.gamma, self.p = gamma, p

    def query(self, head: Tensor, rel: Tensor) -> Tensor:
        return rotate(head, rel * (math.pi / self.bound))

    def match(self, query: Tensor, tail: Tensor, index: Tensor | None = None) -> Tensor:
        if self.p == 1:
            return self.gamma - MODULUS(query, tail, index, tier=self.tier)
        # The floor keeps the gradient of the root finite where query and tail meet.
        return self.gamma - SQUARE(query, tail, index, tier=self.tier).clamp_min(1e-12).sqrt()

    def inverse(self, rel: Tensor) -> Tensor:
        return -rel


def rotate(v: Tensor, angle: Tensor) -> Tensor:
    """Turn the pairs (v_k, v_{k + d/2}) by an angle each. Shapes: `(..., d), (..., d / 2) -> (..., d)`."""
    re, im = v.chunk(2, dim=-1)
    cos, sin = angle.cos(), angle.sin()
    return torch.cat([re * cos - im * sin, re * sin + im * cos], dim=-1)
