"""Sparse gates: a query picks a few of several experts, and losses keep all of them in use."""

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
        self.experts = nn.Parameter(torch.randn(num_experts, channels) / math.sqrt(channels))
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
