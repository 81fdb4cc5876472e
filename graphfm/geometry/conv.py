r"""The kappa layer: linear maps in the tangent space at the origin, aggregation inside the manifold, geodesic attention.

Aggregation is the centroid of a node's neighbours, translated by the node itself:

.. math:: z_v = \log_0\big(\exp_{m_v}(P_{0\to m_v}\,r_v)\big), \qquad m_v = \mathrm{centroid}\{\exp_0(h_u) : u \to v\}

with messages h and root terms r as tangent vectors at the origin; P is parallel transport. In flat space this is
``mean(h) + r``, GraphSAGE. Averaging in the tangent space at the origin instead would be flat for every curvature:
``log_0(exp_0(h)) = h``, so curvature would drop out of the model.
"""

from __future__ import annotations

import functools
import math

import geoopt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graphfm.geometry.manifolds import EuclideanSpace
from graphfm.ops import Adjacency, kappa, segment_softmax, spmm

ATTENTION_CHANNELS = 16

# Tangent norm, at first, of the image of a unit row: as far out as the sphere of curvature one allows without clipping
# (pi / 4), so that curvature acts from the first step.
INITIAL_NORM = 0.7


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


def tangent_gelu(x: Tensor) -> Tensor:
    """GELU at the scale of tangent vectors (N, C), whose norm, not whose entries, is about one; keeps that norm.

    Entries of size 1 / sqrt(C) lie where plain GELU is a straight line.
    """
    scale = math.sqrt(x.size(-1))
    return F.gelu(scale * x) * (1.53 / scale)  # 1 / 1.53: the root mean square of GELU over the normal distribution


class GeometricConv(nn.Module):
    r"""One intrinsic graph convolution between tangent spaces at the origin.

    .. math:: z_v = \log_0\big(m(\{\exp_0(W x_u)\}_{u\to v};\,a_v) \oplus \exp_0(R x_v + b)\big)

    with m the gyromidpoint under the attention a (equal weights without). At k = 0 it is GraphSAGE's mean convolution
    (Hamilton et al., https://arxiv.org/abs/1706.02216).

    Args:
        manifold: any geoopt manifold.
        in_channels: width of the input.
        out_channels: width of the output: of the manifold's ambient space.
        attention: geodesic attention over the neighbours; only on stereographic manifolds.

    Shapes:
        x (N, in_channels), adj -> (N, out_channels), tangent vectors at the origin on both sides.
    """

    def __init__(
        self, manifold: geoopt.Manifold, in_channels: int, out_channels: int, *, attention: bool = False
    ) -> None:
        super().__init__()
        self.manifold = manifold
        self.message = nn.Linear(in_channels, out_channels, bias=False)
        self.root = nn.Linear(in_channels, out_channels)
        self.attention = GeodesicAttention(manifold, in_channels) if attention else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """A unit row maps to tangent norm `INITIAL_NORM`, where curvature acts; torch's default would give half of it."""
        for linear in (self.message, self.root):
            nn.init.normal_(linear.weight, std=INITIAL_NORM * linear.out_features**-0.5)
        nn.init.zeros_(self.root.bias)

    def forward(self, x: Tensor, adj: Adjacency) -> Tensor:
        weight = None if self.attention is None else self.attention(x, adj)
        return aggregate(self.manifold, self.message(x), self.root(x), adj, weight)


class GeodesicAttention(nn.Module):
    r"""Attention by distance: :math:`a_{vu} = \mathrm{softmax}_u\big(-d_k(q_v, k_u)^2/\tau\big)` over the edges into v.

    Queries and keys are points of a space of the same curvature and few dimensions, so that the edge tensors stay small.

    Shapes:
        x (N, in_channels), adj -> (E,) in the order of `adj`.
    """

    def __init__(self, manifold: geoopt.Stereographic, in_channels: int) -> None:
        super().__init__()
        if not isinstance(manifold, geoopt.Stereographic):
            raise TypeError(
                f"received {manifold.name}, expected a stereographic manifold: attention needs its curvature"
            )
        self.manifold = manifold
        self.query = nn.Linear(in_channels, ATTENTION_CHANNELS, bias=False)
        self.key = nn.Linear(in_channels, ATTENTION_CHANNELS, bias=False)
        self.log_temperature = nn.Parameter(torch.tensor(0.0))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """A unit row maps to tangent norm about one half: distances of a few units."""
        for linear in (self.query, self.key):
            nn.init.normal_(linear.weight, std=0.5 / math.sqrt(ATTENTION_CHANNELS))
        nn.init.zeros_(self.log_temperature)

    def forward(self, x: Tensor, adj: Adjacency) -> Tensor:
        k = self.manifold.k.to(x.dtype)
        query, key = (kappa.expmap0(kappa.clip_tangent(f(x), k=k), k=k) for f in (self.query, self.key))  # (N, 16)
        gap2 = kappa.square_norm(query.index_select(0, adj.dst) - key.index_select(0, adj.src)).squeeze(-1)  # (E,)
        query2 = kappa.square_norm(query).squeeze(-1).index_select(0, adj.dst)
        key2 = kappa.square_norm(key).squeeze(-1).index_select(0, adj.src)
        distance2 = kappa.dist2_terms(gap2, query2, key2, k=k)
        return segment_softmax(-distance2 / self.log_temperature.exp(), adj.dst, adj.num_nodes)
