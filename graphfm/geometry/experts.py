"""Geometric experts: stacks of kappa layers, each in a space of its own curvature."""

from __future__ import annotations

import itertools
from typing import Any, ClassVar

import geoopt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graphfm.geometry.conv import GeometricConv, tangent_gelu
from graphfm.geometry.manifolds import ConstantCurvature, EuclideanSpace, HyperbolicSpace, SphericalSpace
from graphfm.ops import Adjacency, adjacency


class GeometricExpert(nn.Module):
    """A graph encoder whose aggregation lives in one manifold, shared by its layers; GELU between layers.

    Runs in the dtype of its parameters (float32 or float64) with autocast off: half precision cannot resolve a curved
    space.

    Args:
        manifold: any geoopt manifold; its ambient width must fit `hidden_channels` and `out_channels`.
        in_channels: width of the input.
        hidden_channels: width between layers.
        out_channels: width of the output.
        num_layers: at least 1.
        dropout: between layers.
        attention: geodesic attention instead of the plain centroid; only on stereographic manifolds.

    Shapes:
        x (N, in_channels), edges (2, E) or an adjacency -> (N, out_channels), tangent vectors at the origin.
    """

    #: Of the curvature: -1, 0 or 1. Where it is not 0, the curvature is ``manifold.k`` and can be learnt.
    sign: ClassVar[int] = 0

    def __init__(
        self,
        manifold: geoopt.Manifold,
        in_channels: int,
        hidden_channels: int,
        out_channels: int,
        *,
        num_layers: int = 2,
        dropout: float = 0.0,
        attention: bool = False,
    ) -> None:
        super().__init__()
        if num_layers < 1:
            raise ValueError(f"received num_layers={num_layers}, expected at least 1")
        widths = [in_channels, *[hidden_channels] * (num_layers - 1), out_channels]
        self.manifold = manifold
        self.convs = nn.ModuleList(
            GeometricConv(manifold, width, following, attention=attention)
            for width, following in itertools.pairwise(widths)
        )
        self.dropout = dropout
        self.in_channels, self.out_channels = in_channels, out_channels

    def forward(self, x: Tensor, edges: Tensor | Adjacency) -> Tensor:
        adj = adjacency(edges, x.size(0))
        with torch.autocast(x.device.type, enabled=False):
            x = x.to(next(self.parameters()).dtype)
            for layer, conv in enumerate(self.convs):
                if layer:
                    x = F.dropout(tangent_gelu(x), self.dropout, self.training)
                x = conv(x, adj)
        return x


class ConstantCurvatureExpert(GeometricExpert):
    """An expert in the space of its class.

    Args:
        in_channels, hidden_channels, out_channels, num_layers, dropout, attention: see `GeometricExpert`.
        **curvature: ``k`` and ``learnable`` of a space that is curved.
    """

    space: ClassVar[type[ConstantCurvature]]

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        out_channels: int,
        *,
        num_layers: int = 2,
        dropout: float = 0.0,
        attention: bool = False,
        **curvature: Any,
    ) -> None:
        super().__init__(
            self.space(**curvature),
            in_channels,
            hidden_channels,
            out_channels,
            num_layers=num_layers,
            dropout=dropout,
            attention=attention,
        )


class HyperbolicExpert(ConstantCurvatureExpert):
    """An expert in hyperbolic space: trees and hierarchies."""

    space, sign = HyperbolicSpace, HyperbolicSpace.sign


class SphericalExpert(ConstantCurvatureExpert):
    """An expert on the sphere: cycles and dense groups."""

    space, sign = SphericalSpace, SphericalSpace.sign


class EuclideanExpert(ConstantCurvatureExpert):
    """An expert in flat space: GraphSAGE with the mean aggregator."""

    space, sign = EuclideanSpace, EuclideanSpace.sign
