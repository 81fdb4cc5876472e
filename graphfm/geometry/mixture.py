"""The mixture of geometric experts: a gate that reads local structure, and fusion in one common tangent space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from graphfm.geometry.experts import GeometricExpert
from graphfm.ops import Adjacency, adjacency


class Mixture(NamedTuple):
    """What `GeometricMixture` returns: features (N, C) and gate weights (N, K)."""

    features: Tensor
    weights: Tensor


class GeometricMixture(nn.Module):
    r"""Experts of different curvature, weighted node by node and fused in one common tangent space.

    .. math:: h_v = \sum_k g_{vk}\,\mathrm{LayerNorm}(A_k z_v^{(k)})

    Coordinates of different spaces are never added: each expert's tangent vector first passes a linear map of its own.

    Args:
        experts: modules ``(x, adjacency) -> (N, expert.out_channels)``.
        gate: a module ``structure (N, S) -> weights (N, K)``.
        out_channels: C.

    Shapes:
        x (N, C_in), edges (2, E) or an adjacency, structure (N, S) -> features (N, C), weights (N, K).
    """

    def __init__(self, experts: Sequence[GeometricExpert], gate: nn.Module, *, out_channels: int) -> None:
        super().__init__()
        self.experts = nn.ModuleList(experts)
        self.gate = gate
        self.maps = nn.ModuleList(
            nn.Sequential(nn.Linear(expert.out_channels, out_channels, bias=False), nn.LayerNorm(out_channels))
            for expert in experts
        )
        self.out_channels = out_channels

    def forward(self, x: Tensor, edges: Tensor | Adjacency, structure: Tensor) -> Mixture:
        adj = adjacency(edges, x.size(0))
        weights = self.gate(structure)
        features = x.new_zeros(())
        with torch.autocast(x.device.type, enabled=False):
            for expert, to_common, weight in zip(self.experts, self.maps, weights.split(1, dim=-1), strict=True):
                features = features + weight * to_common(expert(x, adj))
        return Mixture(features, weights)


def balance_loss(weights: Tensor) -> Tensor:
    r"""Load balance :math:`K\,\|\mathrm{mean}_v\,g_v - 1/K\|^2`: 0 for equal use, K - 1 when one expert gets all.

    >>> balance_loss(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    tensor(0.)
    """
    num_experts = weights.size(-1)
    return num_experts * (weights.mean(0) - 1 / num_experts).square().sum()
