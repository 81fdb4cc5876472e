"""The kappa layer: linear maps in the tangent space at the origin, aggregation inside the manifold, geodesic attention."""

from __future__ import annotations

import math

import geoopt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graphfm.geometry.aggregate import aggregate
from graphfm.ops import Adjacency, kappa, segment_softmax

ATTENTION_CHANNELS = 16

# Tangent norm, at first, of the image of a unit row: as far out as the sphere of curvature one allows without clipping
# (pi / 4), so that curvature acts from the first step.
INITIAL_NORM = 0.7


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
