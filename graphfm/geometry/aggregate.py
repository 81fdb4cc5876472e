r"""Aggregation inside a manifold: the centroid of a node's neighbours, translated by the node itself.

.. math:: z_v = \log_0\big(\exp_{m_v}(P_{0\to m_v}\,r_v)\big), \qquad m_v = \mathrm{centroid}\{\exp_0(h_u) : u \to v\}

with messages h and root terms r as tangent vectors at the origin; P is parallel transport. In flat space this is
``mean(h) + r``, GraphSAGE. Averaging in the tangent space at the origin instead would be flat for every curvature:
``log_0(exp_0(h)) = h``, so curvature would drop out of the model.
"""

from __future__ import annotations

import functools

import geoopt
import torch
from torch import Tensor

from graphfm.geometry.manifolds import EuclideanSpace
from graphfm.ops import Adjacency, kappa, spmm


@functools.singledispatch
def aggregate(
    manifold: geoopt.Manifold, messages: Tensor, root: Tensor, adj: Adjacency, weight: Tensor | None = None
) -> Tensor:
    """One step of intrinsic aggregation, for any geoopt manifold.

    Args:
        manifold: where the averaging happens; C is the width of its ambient space.
        messages: (N, C) tangent vectors at the origin.
        root: (N, C) tangent vectors at the origin; what a node without neighbours becomes.
        adj: the graph.
        weight: (E,) weights in the order of `adj` that sum to one over the edges into a node; equal ones when None.

    Shapes:
        returns (N, C), tangent vectors at the origin.
    """
    origin = manifold.origin(messages.size(1), dtype=messages.dtype, device=messages.device).as_subclass(Tensor)
    points = manifold.expmap(origin, manifold.proju(origin, messages))
    mid = centroid(manifold, points, origin, adj, weight)
    step = manifold.transp(origin, mid, manifold.proju(origin, root))
    return manifold.logmap(origin, manifold.expmap(mid, step))


@aggregate.register
def _(
    manifold: geoopt.Stereographic, messages: Tensor, root: Tensor, adj: Adjacency, weight: Tensor | None = None
) -> Tensor:
    """The gyromidpoint, translated by Mobius addition.

    All maps only scale rows, so everything but two sums of rows is computed on inner products (N, 1): this is three
    times as fast as one map after the other.
    """
    k = manifold.k.to(messages.dtype)
    h2 = kappa.square_norm(messages)
    point = _exp0_factor(h2, k)  # exp_0(h) = point * h
    conformal = 2 / (1 + k * point.square() * h2)
    # The numerator and the denominator of the gyromidpoint in one product.
    sums = spmm(adj, torch.cat([conformal * point * messages, conformal - 1], dim=-1), weight)  # (N, C + 1)
    total, mass = sums.split([messages.size(1), 1], dim=-1)
    mass = torch.where(_connected(adj), mass, 1.0)  # no neighbours: the origin

    t2, tr, r2 = kappa.square_norm(total), (total * root).sum(-1, keepdim=True), kappa.square_norm(root)
    mid = kappa.artan2_ratio(t2, mass, k=k) / 2
    mid = mid * kappa.tan_ratio(k * mid.square() * t2)  # m = mid * total
    step = _exp0_factor(r2, k)  # exp_0(r) = step * root
    a, b, z2 = kappa.mobius_terms(mid.square() * t2, mid * step * tr, step.square() * r2, k=k)
    log0 = kappa.artan_ratio(k * z2)
    return (log0 * a * mid) * total + (log0 * b * step) * root


@aggregate.register(EuclideanSpace)
@aggregate.register(geoopt.Euclidean)
def _(
    manifold: EuclideanSpace | geoopt.Euclidean,
    messages: Tensor,
    root: Tensor,
    adj: Adjacency,
    weight: Tensor | None = None,
) -> Tensor:
    del manifold
    return root + (spmm(adj, messages, reduce="mean") if weight is None else spmm(adj, messages, weight))


@functools.singledispatch
def centroid(
    manifold: geoopt.Manifold, points: Tensor, origin: Tensor, adj: Adjacency, weight: Tensor | None
) -> Tensor:
    """Mean of the neighbours' points (N, C) in ambient coordinates, projected; the origin for a node without any."""
    mean = spmm(adj, points, weight, reduce="mean" if weight is None else "sum")
    return manifold.projx(torch.where(_connected(adj), mean, origin))


@centroid.register
def _(manifold: geoopt.Lorentz, points: Tensor, origin: Tensor, adj: Adjacency, weight: Tensor | None) -> Tensor:
    """The Lorentzian centroid: the ambient sum, scaled to the hyperboloid."""
    total = torch.where(_connected(adj), spmm(adj, points, weight), origin)
    norm2 = total[:, :1].square() - kappa.square_norm(total[:, 1:])
    return total * (manifold.k / norm2.clamp_min(1e-15)).sqrt()


@centroid.register
def _(manifold: geoopt.Stereographic, points: Tensor, origin: Tensor, adj: Adjacency, weight: Tensor | None) -> Tensor:
    """The gyromidpoint."""
    del origin  # zero, which is what the sum over no neighbours gives
    conformal = kappa.conformal_factor(points, k=manifold.k)
    sums = spmm(adj, torch.cat([conformal * points, conformal - 1], dim=-1), weight)
    total, mass = sums.split([points.size(1), 1], dim=-1)
    mid = kappa.midpoint_tangent(total, torch.where(_connected(adj), mass, 1.0), k=manifold.k)
    return kappa.expmap0(mid, k=manifold.k)


@centroid.register
def _(
    manifold: geoopt.ProductManifold, points: Tensor, origin: Tensor, adj: Adjacency, weight: Tensor | None
) -> Tensor:
    """Each factor's own centroid."""
    parts = zip(manifold.manifolds, manifold.slices, strict=True)
    return torch.cat([centroid(m, points[:, part], origin[part], adj, weight) for m, part in parts], dim=-1)


def _connected(adj: Adjacency) -> Tensor:
    """(N, 1): has the node any edge into it?"""
    return adj.degree.unsqueeze(-1) > 0


def _exp0_factor(v2: Tensor, k: Tensor) -> Tensor:
    """exp_0(v) / v for tangent vectors of squared norm `v2`, clipped; on the sphere to a hemisphere."""
    clip = kappa.clip_factor(v2, k=k, spherical=kappa.HEMISPHERE)
    return clip * kappa.tan_ratio(k * clip.square() * v2)
