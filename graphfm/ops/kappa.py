r"""The kappa-stereographic model: maps of spaces of constant curvature k, right in value and in d/dk through k = 0.

Convention (geoopt's): k is the sectional curvature, points are stereographic coordinates, the metric at x is
:math:`\lambda_x^2\langle u,v\rangle` with :math:`\lambda_x = 2/(1+k\|x\|^2)`. So the distance of ``expmap0(v)`` from
the origin is ``2 |v|``, and the distance at k = 0 is ``2 |x - y|``. With :math:`\tan_k(r) = \tan(\sqrt k\,r)/\sqrt k`
(tanh for k < 0, r for k = 0) every map is an analytic function of :math:`z = k r^2`: evaluated as such there is no norm
to divide by and no branch on the sign of k, and the gradients at the origin and at k = 0 need no guard.

Bachmann et al., Constant Curvature Graph Convolutional Networks, https://arxiv.org/abs/1911.05076. Everywhere k is a
tensor that broadcasts against the points (usually 0-dim), points lie along ``dim``, dtypes are float32 or float64.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

# Largest sqrt(|k|) |v| of a tangent vector at the origin. For k < 0 rounding eats 1 - tanh beyond it; for k > 0 the
# tangent plane covers the sphere once up to pi / 2, the antipode of the origin.
MAX_HYPERBOLIC = {torch.float32: 3.0, torch.float64: 6.0}
MAX_SPHERICAL = math.pi / 2 - 1e-2
HEMISPHERE = math.pi / 4  # within it the centroid of points is unique and moves smoothly with them


def tan_ratio(z: Tensor) -> Tensor:
    """``tan_k(r) / r`` as a function of z = k r^2, for z < pi^2 / 4.

    >>> tan_ratio(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([0.7616, 1.0000, 1.5574])
    """
    threshold = 0.02 if z.dtype == torch.float32 else 1e-4
    small, positive, negative = _parts(z, threshold)
    series = 1 + small * (1 / 3 + small * (2 / 15 + small * (17 / 315 + small * (62 / 2835 + small * 1382 / 155925))))
    return _join(z, threshold, [series, positive.tan() / positive, negative.tanh() / negative])


def artan_ratio(z: Tensor) -> Tensor:
    """``artan_k(r) / r`` as a function of z = k r^2: the inverse of tan_k; finite at z = -1, the edge of the ball.

    >>> artan_ratio(torch.tensor([0.0, 1.0]))
    tensor([1.0000, 0.7854])
    """
    threshold, edge = (0.05, 1 - 1e-6) if z.dtype == torch.float32 else (1e-4, 1 - 1e-12)
    small, positive, negative = _parts(z, threshold)
    series = 1 - small * (1 / 3 - small * (1 / 5 - small * (1 / 7 - small * (1 / 9 - small * (1 / 11 - small / 13)))))
    negative = negative.clamp_max(edge)
    return _join(z, threshold, [series, positive.atan() / positive, negative.atanh() / negative])


def artan2_ratio(s2: Tensor, c: Tensor, *, k: Tensor) -> Tensor:
    """``artan_k(s / c) / s`` for s^2 = `s2`; for k > 0 continued to c <= 0 as atan2 continues atan.

    At the antipode of the origin (s = 0, c < 0) the direction is undefined and the value large but finite.
    """
    near = (c > 0) & (k * s2 < c.square())
    flat = artan_ratio(k * torch.where(near, s2, 0.0) / torch.where(near, c, 1.0).square()) / torch.where(near, c, 1.0)
    far_c = torch.where(near, 1.0, c)
    p = torch.maximum(torch.where(near, 1.0, k * s2), 1e-6 * far_c.square() + 1e-30).sqrt()
    return torch.where(near, flat, torch.atan2(p, far_c) / p)


def expmap0(v: Tensor, *, k: Tensor, dim: int = -1) -> Tensor:
    """Exponential map at the origin. It does not clip: see `clip_tangent`."""
    return tan_ratio(k * square_norm(v, dim)) * v


def logmap0(x: Tensor, *, k: Tensor, dim: int = -1) -> Tensor:
    """Logarithmic map at the origin, the inverse of `expmap0`."""
    return artan_ratio(k * square_norm(x, dim)) * x


def conformal_factor(x: Tensor, *, k: Tensor, dim: int = -1) -> Tensor:
    """lambda_x = 2 / (1 + k |x|^2), with `dim` kept."""
    return 2 / (1 + k * square_norm(x, dim)).clamp_min(1e-15)


def mobius_add(x: Tensor, y: Tensor, *, k: Tensor, dim: int = -1) -> Tensor:
    r"""Gyrovector addition: translates y by x. ``mobius_add(x, expmap0(v))`` follows v, transported to x, from x.

    .. math::
        x \oplus_k y =
        \frac{(1-2k\langle x,y\rangle-k\|y\|^2)x+(1+k\|x\|^2)y}{1-2k\langle x,y\rangle+k^2\|x\|^2\|y\|^2}
    """
    a, b, _ = mobius_terms(square_norm(x, dim), (x * y).sum(dim, keepdim=True), square_norm(y, dim), k=k)
    return a * x + b * y


def mobius_terms(x2: Tensor, xy: Tensor, y2: Tensor, *, k: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Gyrovector addition from inner products alone: a and b of ``x (+) y = a x + b y``, and the squared norm of it."""
    scale = (1 - 2 * k * xy + k.square() * x2 * y2).clamp_min(1e-15)
    return (1 - 2 * k * xy - k * y2) / scale, (1 + k * x2) / scale, (x2 + 2 * xy + y2).clamp_min(0) / scale


def expmap(x: Tensor, v: Tensor, *, k: Tensor, dim: int = -1) -> Tensor:
    """Exponential map at x."""
    return mobius_add(x, expmap0(conformal_factor(x, k=k, dim=dim) / 2 * v, k=k, dim=dim), k=k, dim=dim)


def logmap(x: Tensor, y: Tensor, *, k: Tensor, dim: int = -1) -> Tensor:
    """Logarithmic map at x, the inverse of `expmap`."""
    return 2 / conformal_factor(x, k=k, dim=dim) * logmap0(mobius_add(-x, y, k=k, dim=dim), k=k, dim=dim)


def dist2(x: Tensor, y: Tensor, *, k: Tensor, dim: int = -1) -> Tensor:
    """Squared distance, smooth also where x = y; `dim` is dropped."""
    return dist2_terms(square_norm(x - y, dim), square_norm(x, dim), square_norm(y, dim), k=k).squeeze(dim)


def dist2_terms(gap2: Tensor, x2: Tensor, y2: Tensor, *, k: Tensor) -> Tensor:
    """Squared distance from |x - y|^2, |x|^2 and |y|^2 alone."""
    return (2 * _arc_ratio(gap2, x2, y2, k)).square() * gap2


def dist(x: Tensor, y: Tensor, *, k: Tensor, dim: int = -1) -> Tensor:
    r"""Distance :math:`2\,\mathrm{artan}_k\|(-x)\oplus_k y\|`, with gradient 0 where x = y; `dim` is dropped."""
    gap = torch.linalg.vector_norm(x - y, dim=dim, keepdim=True)
    return (2 * _arc_ratio(gap.square(), square_norm(x, dim), square_norm(y, dim), k) * gap).squeeze(dim)


def midpoint_tangent(total: Tensor, mass: Tensor, *, k: Tensor, dim: int = -1) -> Tensor:
    r"""Gyromidpoint of weighted points x_i, as a tangent vector at the origin, from their two sums.

    .. math:: \log_0\Big(\tfrac12\otimes_k\frac{\sum_i a_i\lambda_i x_i}{\sum_i a_i(\lambda_i-1)}\Big)

    This is the centroid on the hyperboloid or the sphere (the projected mean of ambient coordinates), for k > 0 also
    when that lies beyond the equator, where the usual formula gives the antipode.

    Args:
        total: (..., C) numerator.
        mass: (..., 1) denominator.
        k: curvature.
        dim: of the coordinates.
    """
    return artan2_ratio(square_norm(total, dim), mass, k=k) / 2 * total


def clip_tangent(v: Tensor, *, k: Tensor, dim: int = -1) -> Tensor:
    """Shortens tangent vectors at the origin to what the dtype resolves (k < 0) or to just below pi/2 (k > 0)."""
    return clip_factor(square_norm(v, dim), k=k) * v


def clip_factor(r2: Tensor, *, k: Tensor, spherical: float = MAX_SPHERICAL) -> Tensor:
    """The factor by which `clip_tangent` shortens a vector of squared norm `r2`; `spherical` is the limit for k > 0."""
    limit = torch.where(k > 0, spherical**2, MAX_HYPERBOLIC[r2.dtype] ** 2).to(r2.dtype)
    z = k.abs() * r2
    long = z > limit
    return torch.where(long, (limit / torch.where(long, z, 1.0)).sqrt(), 1.0)


def square_norm(x: Tensor, dim: int = -1) -> Tensor:
    """|x|^2 with `dim` kept."""
    out: Tensor = _SquareNorm.apply(x, dim)
    return out


class _SquareNorm(torch.autograd.Function):
    """x.square().sum(): the norm of torch is a single pass, several times as fast, but its gradient is slow and 0/0 at 0."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, dim: int) -> Tensor:
        return torch.linalg.vector_norm(x, dim=dim, keepdim=True).square()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, int], output: Tensor) -> None:
        ctx.save_for_backward(inputs[0])

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        return 2 * grad * x, None


def _arc_ratio(gap2: Tensor, x2: Tensor, y2: Tensor, k: Tensor) -> Tensor:
    """artan_k(m) / |x - y| for m = |(-x) + y|: m^2 = |x - y|^2 / ((1 + k|x|^2)(1 + k|y|^2) - k |x - y|^2).

    For k < 0 the denominator is a sum of positive terms: nothing cancels near the boundary.
    """
    spread2 = ((1 + k * x2) * (1 + k * y2) - k * gap2).clamp_min(1e-15)
    return artan2_ratio(gap2, spread2.sqrt(), k=k)


def _parts(z: Tensor, threshold: float) -> tuple[Tensor, Tensor, Tensor]:
    """z near 0, the roots of z and of -z away from it; each a harmless number where another one applies."""
    small = torch.where(z.abs() < threshold, z, 0.0)
    positive = torch.where(z >= threshold, z, 1.0).sqrt()
    negative = torch.where(z <= -threshold, -z, 0.25).sqrt()
    return small, positive, negative


def _join(z: Tensor, threshold: float, values: list[Tensor]) -> Tensor:
    series, positive, negative = values
    return torch.where(z.abs() < threshold, series, torch.where(z > 0, positive, negative))
