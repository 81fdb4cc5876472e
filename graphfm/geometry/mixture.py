"""The mixture of geometric experts: gates that read local structure, the controls that claims about gates need, and fusion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from graphfm.geometry.experts import GeometricExpert
from graphfm.ops import Adjacency, adjacency

OUTLIER = 5.0  # standard deviations at which a descriptor is cut: on another corpus it may lie far outside pretraining


class StructuralGate(nn.Module):
    r"""Weights of the experts from structural descriptors alone, so that the gate transfers between graphs.

    .. math:: g_v = \mathrm{softmax}\big(\mathrm{MLP}((s_v-\mu)/\sigma)/\tau\big)

    Mean and standard deviation come from the pretraining data (`fit_statistics`) and are part of the checkpoint.

    Args:
        num_features: S.
        num_experts: K.
        hidden_channels: width of the MLP.
        train_temperature: tau while training; higher is softer.
        eval_temperature: tau otherwise.

    Shapes:
        structure (N, S) -> weights (N, K), rows sum to one.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        num_features: int,
        num_experts: int,
        *,
        hidden_channels: int = 32,
        train_temperature: float = 2.0,
        eval_temperature: float = 1.0,
    ) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(num_features, hidden_channels), nn.GELU(), nn.Linear(hidden_channels, num_experts)
        )
        self.train_temperature, self.eval_temperature = train_temperature, eval_temperature
        self.register_buffer("mean", torch.zeros(num_features))
        self.register_buffer("std", torch.ones(num_features))

    @torch.no_grad()
    def fit_statistics(self, structure: Tensor) -> None:
        """Sets mean and standard deviation from the descriptors (N, S) of all pretraining nodes.

        Raises:
            ValueError: for a wrong shape or a value that is not finite.
        """
        if structure.dim() != 2 or structure.size(1) != self.mean.numel() or structure.size(0) == 0:
            raise ValueError(f"received descriptors {tuple(structure.shape)}, expected (N, {self.mean.numel()})")
        if not structure.isfinite().all():
            raise ValueError("received descriptors that are not finite")
        std, mean = torch.std_mean(structure.double(), dim=0, correction=0)
        self.mean.copy_(mean)
        self.std.copy_(torch.where(std > 1e-6, std, 1.0))  # a constant column stays zero

    def forward(self, structure: Tensor) -> Tensor:
        with torch.autocast(structure.device.type, enabled=False):
            scaled = ((structure.to(self.mean.dtype) - self.mean) / self.std).clamp(-OUTLIER, OUTLIER)
            temperature = self.train_temperature if self.training else self.eval_temperature
            return torch.softmax(self.mlp(scaled) / temperature, dim=-1)


class UniformGate(nn.Module):
    """The control without a gate: every expert counts the same everywhere.

    Args:
        num_features: S, not looked at.
        num_experts: K.

    Shapes:
        structure (N, S) -> weights (N, K), all 1 / K.
    """

    def __init__(self, num_features: int, num_experts: int) -> None:
        super().__init__()
        self.num_features, self.num_experts = num_features, num_experts

    def fit_statistics(self, structure: Tensor) -> None:
        """Nothing to fit: the descriptors are not looked at."""

    def forward(self, structure: Tensor) -> Tensor:
        return structure.new_full((len(structure), self.num_experts), 1 / self.num_experts)


class RandomGate(StructuralGate):
    """The control without learning: weights read off the structure by a frozen random map, about as decided as a trained one."""

    SPREAD = 3.0  # of the random scores before the softmax

    def __init__(self, num_features: int, num_experts: int) -> None:
        super().__init__(num_features, num_experts)
        last = self.mlp[-1]
        assert isinstance(last, nn.Linear)
        nn.init.normal_(last.weight, std=self.SPREAD)
        self.requires_grad_(False)


class ShuffledGate(StructuralGate):
    """The control without the information: every node is given the descriptors of another one, always the same."""

    def forward(self, structure: Tensor) -> Tensor:
        order = torch.randperm(len(structure), generator=torch.Generator().manual_seed(0))
        return super().forward(structure[order.to(structure.device)])


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
