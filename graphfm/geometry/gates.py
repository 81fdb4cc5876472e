"""Gates: how much each expert counts at a node, from its local structure; and the controls a claim about gates needs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

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
