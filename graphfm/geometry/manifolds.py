"""Hyperbolic, spherical and Euclidean space as geoopt manifolds with one curvature each, whose sign cannot flip.

They are geoopt's `Stereographic` with the maps replaced that are slow, or whose gradient is wrong near k = 0, by those
of `graphfm.ops.kappa`; everything else (retraction, transport, optimisers, `ManifoldParameter`) is geoopt's own.
"""

from __future__ import annotations

import math
from typing import ClassVar

import geoopt
import torch
from torch import Tensor, nn

from graphfm.ops import kappa

MIN_CURVATURE, MAX_CURVATURE = 1e-3, 5.0


class ConstantCurvature(geoopt.Stereographic):
    """The kappa-stereographic space with curvature `k` given by a subclass; conventions as in `graphfm.ops.kappa`.

    Maps at the origin clip tangent vectors (`project=True`) to where the dtype still resolves the space.
    """

    #: Of the curvature: -1, 0 or 1. Where it is not 0, the curvature can be learnt.
    sign: ClassVar[int]

    def __init__(self) -> None:
        super(geoopt.Stereographic, self).__init__()  # geoopt's own would make k a free parameter

    def expmap0(self, u: Tensor, *, dim: int = -1, project: bool = True) -> Tensor:
        return kappa.expmap0(kappa.clip_tangent(u, k=self.k, dim=dim) if project else u, k=self.k, dim=dim)

    def logmap0(self, x: Tensor, *, dim: int = -1) -> Tensor:
        return kappa.logmap0(x, k=self.k, dim=dim)

    def expmap(self, x: Tensor, u: Tensor, *, project: bool = True, dim: int = -1) -> Tensor:
        out = kappa.expmap(x, u, k=self.k, dim=dim)
        return self.projx(out, dim=dim) if project else out

    def logmap(self, x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
        return kappa.logmap(x, y, k=self.k, dim=dim)

    def mobius_add(self, x: Tensor, y: Tensor, *, dim: int = -1, project: bool = True) -> Tensor:
        out = kappa.mobius_add(x, y, k=self.k, dim=dim)
        return self.projx(out, dim=dim) if project else out

    def dist(self, x: Tensor, y: Tensor, *, keepdim: bool = False, dim: int = -1) -> Tensor:
        out = kappa.dist(x, y, k=self.k, dim=dim)
        return out.unsqueeze(dim) if keepdim else out

    def dist2(self, x: Tensor, y: Tensor, *, keepdim: bool = False, dim: int = -1) -> Tensor:
        out = kappa.dist2(x, y, k=self.k, dim=dim)
        return out.unsqueeze(dim) if keepdim else out

    def dist0(self, x: Tensor, *, dim: int = -1, keepdim: bool = False) -> Tensor:
        return self.dist(x, torch.zeros_like(x), keepdim=keepdim, dim=dim)

    def weighted_midpoint(
        self,
        xs: Tensor,
        weights: Tensor | None = None,
        *,
        reducedim: list[int] | None = None,
        dim: int = -1,
        keepdim: bool = False,
        **options: bool,
    ) -> Tensor:
        if options.get("lincomb") or options.get("posweight"):
            return super().weighted_midpoint(xs, weights, reducedim=reducedim, dim=dim, keepdim=keepdim, **options)
        over = [d for d in range(xs.dim()) if d != dim % xs.dim()] if reducedim is None else reducedim
        factor = kappa.conformal_factor(xs, k=self.k, dim=dim)
        weight = torch.ones_like(factor) if weights is None else weights.unsqueeze(dim)
        total, mass = ((weight * part).sum(over, keepdim=True) for part in (factor * xs, factor - 1))
        mid = self.expmap0(kappa.midpoint_tangent(total, mass, k=self.k, dim=dim), dim=dim)
        return mid if keepdim else mid.squeeze(over)

    def extra_repr(self) -> str:
        return f"k={self.k.item():.4g}"


class _Curved(ConstantCurvature):
    """Curvature of one sign: ``|k|`` moves smoothly between its bounds as `raw` moves over the reals."""

    def __init__(self, k: float, *, learnable: bool) -> None:
        super().__init__()
        if not MIN_CURVATURE < self.sign * k < MAX_CURVATURE:
            low, high = sorted((self.sign * MIN_CURVATURE, self.sign * MAX_CURVATURE))
            raise ValueError(f"received k={k}, expected {low} < k < {high}")
        share = (abs(k) - MIN_CURVATURE) / (MAX_CURVATURE - MIN_CURVATURE)
        self.raw = nn.Parameter(torch.tensor(math.log(share / (1 - share))), requires_grad=learnable)

    @property
    def k(self) -> Tensor:
        return self.sign * (MIN_CURVATURE + (MAX_CURVATURE - MIN_CURVATURE) * self.raw.sigmoid())


class HyperbolicSpace(_Curved):
    """The Poincare ball of curvature -5 < k < -0.001.

    >>> HyperbolicSpace()
    HyperbolicSpace(k=-1)
    """

    sign = -1

    def __init__(self, k: float = -1.0, *, learnable: bool = True) -> None:
        super().__init__(k, learnable=learnable)


class SphericalSpace(_Curved):
    """The sphere, stereographically projected, of curvature 0.001 < k < 5."""

    sign = 1

    def __init__(self, k: float = 1.0, *, learnable: bool = True) -> None:
        super().__init__(k, learnable=learnable)


class EuclideanSpace(ConstantCurvature):
    """Flat space, k = 0; like its siblings it measures twice the Euclidean distance."""

    sign = 0
    k: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("k", torch.zeros(()))


def curvature_parameters(module: nn.Module) -> list[nn.Parameter]:
    """The parameters behind the learnable curvatures of a model, for an optimiser group with a lower learning rate."""
    return [space.raw for space in module.modules() if isinstance(space, _Curved) and space.raw.requires_grad]
