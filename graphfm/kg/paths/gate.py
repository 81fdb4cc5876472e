"""Sparse gates: a query picks a few of several experts, and losses keep all in use; and what a query picks path lengths by."""

from __future__ import annotations

import dataclasses
import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclasses.dataclass(frozen=True)
class Balance:
    """How unevenly a batch uses the experts, scalars that are 0 in perfect balance."""

    importance: Tensor
    load: Tensor

    def __add__(self, other: Balance) -> Balance:
        return Balance(self.importance + other.importance, self.load + other.load)


class Gate(NamedTuple):
    """Weights of n experts for each of B queries, zero where not chosen, and how balanced they are."""

    weights: Tensor  # (B, n), rows sum to one
    balance: Balance


class NoisyTopK(nn.Module):
    r"""Keeps the k experts that suit a query best, by the query's own source node and relation (MoKGR, eq. 3-6).

    .. math::
        c = \mathrm{MLP}(h \| e_r), \quad Q = E c + \varepsilon\,\mathrm{softplus}(W_n c), \quad
        g = \mathrm{softmax}_{\text{top-}k}(Q / \tau)

    with normal noise for each query while training and none otherwise (Shazeer et al. 2017, arXiv 1701.06538).

    Args:
        channels: d.
        num_experts: n.
        k: experts kept, at most n.
        temperature: tau.
        noise: draw noise while training.

    Shapes:
        state `(B, d)`, query `(B, d)` -> weights `(B, n)`.
    """

    def __init__(
        self, channels: int, num_experts: int, *, k: int, temperature: float = 1.0, noise: bool = True
    ) -> None:
        super().__init__()
        if not 1 <= k <= num_experts:
            raise ValueError(f"a gate keeps 1 to {num_experts} of {num_experts} experts, received k={k}")
        self.k, self.temperature, self.noise = k, temperature, noise
        self.context = nn.Sequential(nn.Linear(2 * channels, channels), nn.ReLU(), nn.Linear(channels, channels))
        self.experts = nn.Parameter(torch.randn(num_experts, channels).div_(math.sqrt(channels)))
        self.spread = nn.Linear(channels, num_experts, bias=False)

    def forward(self, state: Tensor, query: Tensor) -> Gate:
        context = self.context(torch.cat([state, query], dim=-1))
        clean = context @ self.experts.T
        noisy, spread = clean, None
        if self.noise and self.training:
            spread = F.softplus(self.spread(context)) + 1e-2
            noisy = clean + torch.randn_like(clean) * spread
        chosen = noisy.topk(self.k, dim=-1).indices
        masked = torch.full_like(noisy, -torch.inf).scatter(1, chosen, noisy.gather(1, chosen))
        weights = (masked / self.temperature).softmax(-1)
        load = clean.new_zeros(()) if spread is None else squared_variation(self._load(clean, noisy, spread))
        return Gate(weights, Balance(squared_variation(weights.sum(0)), load))

    def _load(self, clean: Tensor, noisy: Tensor, spread: Tensor) -> Tensor:
        """Expected number of queries that choose each expert, were its noise drawn again. Shapes: -> `(n,)`."""
        if self.k == clean.size(1):
            return torch.ones_like(clean).sum(0)
        top = noisy.topk(self.k + 1, dim=-1).values
        bar = torch.where(noisy >= top[:, -2:-1], top[:, -1:], top[:, -2:-1])  # the k-th best of the others
        return torch.special.ndtr((clean - bar) / spread).sum(0)


def squared_variation(amount: Tensor) -> Tensor:
    r"""Square of the coefficient of variation, :math:`(\mathrm{std}/\mathrm{mean})^2`: 0 where all amounts are equal.

    >>> squared_variation(torch.tensor([4.0, 0.0])).item()
    1.0
    """
    return amount.var(correction=0) / amount.mean().square().clamp_min(1e-10)


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
