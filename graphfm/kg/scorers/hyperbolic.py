r"""RotH, RefH and AttH: rotations and reflections in hyperbolic space (Chami et al. 2020, arXiv 2005.00545).

Trees fit into few hyperbolic dimensions, and every relation learns how curved its own space is.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from graphfm.kg.scorers.pairing import DOT, Tier
from graphfm.kg.scorers.rotate import rotate
from graphfm.kg.scorers.scorer import Scorer
from graphfm.ops.kappa import (
    artan_ratio,
    clip_factor,
    clip_tangent,
    expmap0,
    mobius_add,
    mobius_terms,
    square_norm,
    tan_ratio,
)
from graphfm.settings import Positive


class Hyperbolic(Scorer):
    r""":math:`-d_k\big(\exp_0(A_r h) \oplus_k \exp_0(r), \exp_0(t)\big)^2 + b_h + b_t` with curvature k < 0 per relation.

    :math:`A_r` turns (RotH) or reflects (RefH) pairs of coordinates, or mixes both by attention (AttH). Entities are
    tangent vectors at the origin and a bias, `[d | 1]`; a relation is `[translation d | angles | attention | curvature]`.

    Differences from the paper: the head is turned in the tangent space, where it is the same map; the maps are analytic
    in the curvature (`graphfm.ops.kappa`). An inverse in closed form does not exist: use reciprocal relations, as the
    authors do.

    Args:
        dim: d, even.
        kind: "rotation" (RotH), "reflection" (RefH) or "attention" (AttH).
        bound: entities and translations start uniform in (-bound, bound).
        tier: see `Scorer`.
    """

    def __init__(
        self,
        dim: int,
        *,
        kind: Literal["rotation", "reflection", "attention"] = "attention",
        bound: Positive = 1e-2,
        tier: Tier = "auto",
    ) -> None:
        if kind not in ("rotation", "reflection", "attention") or dim % 2:
            raise ValueError(
                f"received dim={dim}, kind={kind!r}, expected an even dim, rotation, reflection or attention"
            )
        self.widths = [dim, dim // 2, 1] if kind != "attention" else [dim, dim // 2, 1, dim // 2, dim]
        super().__init__(entity_dim=dim + 1, relation_dim=sum(self.widths), bound=bound, tier=tier)
        self.kind = kind

    def query(self, head: Tensor, rel: Tensor) -> Tensor:
        v, bias = head[..., :-1], head[..., -1:]
        translation, angle, curvature, *rest = rel.split(self.widths, dim=-1)
        k = -softplus(curvature)
        if self.kind == "attention":
            both = torch.stack([rotate(v, angle), reflect(v, rest[0])], dim=-2)  # (..., 2, d)
            weight = (both @ rest[1].unsqueeze(-1) / math.sqrt(v.size(-1))).softmax(dim=-2)  # (..., 2, 1)
            v = (weight * both).sum(-2)
        else:
            v = (rotate if self.kind == "rotation" else reflect)(v, angle)
        x = mobius_add(expmap0(clip_tangent(v, k=k), k=k), expmap0(clip_tangent(translation, k=k), k=k), k=k)
        return torch.cat([x, bias.expand_as(x[..., :1]), k.expand_as(x[..., :1])], dim=-1)  # (..., d + 2)

    def match(self, query: Tensor, tail: Tensor, index: Tensor | None = None) -> Tensor:
        x, head_bias, k = query[:, :-2], query[:, -2:-1], query[:, -1:]
        v, bias = tail[:, :-1], tail[:, -1]
        xv = x @ v.T if index is None else DOT(x, v, index, tier=self.tier)  # (B, n)
        v2 = square_norm(v).squeeze(-1)
        v2, bias = (part[None] if index is None else part[index] for part in (v2, bias))
        # exp_0(v) = ratio * v: inner products are all the distance needs, no (B, n, d) is built.
        clip = clip_factor(v2, k=k)
        ratio = tan_ratio(k * clip.square() * v2) * clip
        _, _, m2 = mobius_terms(square_norm(x), -ratio * xv, ratio.square() * v2, k=k)
        return head_bias + bias - 4 * artan_ratio(k * m2).square() * m2

    def start_relations(self, weight: Tensor) -> None:
        translation, angle, curvature, *rest = weight.split(self.widths, dim=-1)
        nn.init.uniform_(translation, -self.bound, self.bound)
        nn.init.constant_(curvature, math.log(math.e - 1))  # k = -1
        nn.init.uniform_(angle, -math.pi, math.pi)
        if rest:
            nn.init.uniform_(rest[0], -math.pi, math.pi)
            nn.init.uniform_(rest[1], -self.bound, self.bound)


def reflect(v: Tensor, angle: Tensor) -> Tensor:
    """Reflect the pairs (v_k, v_{k + d/2}) across lines at half the angle. Shapes: as `rotate`."""
    a, b = v.chunk(2, dim=-1)
    cos, sin = angle.cos(), angle.sin()
    return torch.cat([a * cos + b * sin, a * sin - b * cos], dim=-1)
