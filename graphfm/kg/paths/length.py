"""How long a path may be: the gate over lengths, its fixed stand-in, and the early stop of a single query."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from graphfm.kg.paths.gate import Balance, Gate, NoisyTopK


class LengthGate(NoisyTopK):
    r"""Mixture of length experts: the score of an entity is :math:`\sum_{l \in A} g(l)\, s^l` (MoKGR, eq. 3-5, 16).

    Its context is the query's own source node after `first` layers.

    Args:
        channels: d.
        first: shortest length, L_min.
        last: longest length, the number of layers.
        k: lengths kept for a query.
        temperature: tau.
        noise: draw noise while training.

    Shapes:
        state `(B, d)`, query `(B, d)` -> weights `(B, last - first + 1)`.
    """

    def __init__(
        self, channels: int, *, first: int, last: int, k: int, temperature: float = 1.0, noise: bool = True
    ) -> None:
        if not 1 <= first <= last:
            raise ValueError(f"lengths go from at least 1 to the number of layers, received {first} to {last}")
        if not temperature > 0:
            raise ValueError(f"a temperature is above 0, received {temperature}")
        super().__init__(channels, last - first + 1, k=k, temperature=temperature, noise=noise)
        self.first, self.last = first, last


class LastLength(nn.Module):
    """The last layer alone gives the score, as in RED-GNN and AdaProp."""

    def __init__(self, num_layers: int) -> None:
        super().__init__()
        self.first = self.last = num_layers

    def forward(self, state: Tensor, query: Tensor) -> Gate:
        zero = state.new_zeros(())
        return Gate(state.new_ones(len(state), 1), Balance(zero, zero))


class EarlyStop(nn.Module):
    r"""Binary length gate (MoKGR, eq. 17-18): a query's states are scaled in training, its paths end in evaluation.

    With mu and sigma the mean and standard deviation over the nodes of a query,

    .. math::
        h \leftarrow \sigma\big((\mathrm{MLP}(\mu\|\sigma) + \text{Gumbel}) / \tau_b\big)\, h

    while training; otherwise a query stops after layer l >= L/2 where the mean over channels of
    :math:`\sigma / |\mu|` exceeds the threshold.

    Args:
        channels: d.
        threshold: T.
        temperature: tau_b.

    Shapes:
        state `(N, d)`, row `(N,)` -> state `(N, d)`, stop `(B,)`.
    """

    def __init__(self, channels: int, *, threshold: float = 0.1, temperature: float = 1.0) -> None:
        super().__init__()
        self.threshold, self.temperature = threshold, temperature
        self.mlp = nn.Sequential(nn.Linear(2 * channels, channels), nn.ReLU(), nn.Linear(channels, 1))

    def forward(self, state: Tensor, row: Tensor, *, num_queries: int) -> tuple[Tensor, Tensor]:
        count = torch.bincount(row, minlength=num_queries).clamp_(min=1).unsqueeze(1)
        mean = state.new_zeros(num_queries, state.size(1)).index_add(0, row, state) / count
        centred = (state - mean.index_select(0, row)).square()
        variance = state.new_zeros(num_queries, state.size(1)).index_add(0, row, centred) / count
        if not self.training:
            return state, (variance.sqrt() / (mean.abs() + 1e-8)).mean(1) > self.threshold
        std = (variance + 1e-12).sqrt()  # the gradient of the root is not finite at 0
        logit = self.mlp(torch.cat([mean, std], 1)).squeeze(1)
        gumbel = -torch.empty_like(logit).exponential_().log()
        gate = torch.sigmoid((logit + gumbel) / self.temperature)
        return state * gate.index_select(0, row).unsqueeze(1), torch.zeros_like(gate, dtype=torch.bool)
