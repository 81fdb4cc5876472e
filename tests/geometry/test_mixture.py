"""Fusion, balance."""

from __future__ import annotations

import sys

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from graphfm.geometry import (
    EuclideanExpert,
    GeometricMixture,
    HyperbolicExpert,
    SphericalExpert,
    StructuralGate,
    balance_loss,
)

N, D, C, S = 20, 32, 16, 5


def build() -> GeometricMixture:
    experts = [HyperbolicExpert(D, C, C), EuclideanExpert(D, C, C), SphericalExpert(D, C, C)]
    return GeometricMixture(experts, StructuralGate(S, 3), out_channels=C)


def inputs() -> tuple[Tensor, Tensor]:
    return F.normalize(torch.randn(N, D), dim=-1), torch.randn(N, S)


def test_fusion_is_the_weighted_sum_in_one_tangent_space(edges: Tensor) -> None:
    model, (x, structure) = build().eval(), inputs()
    features, weights = model(x, edges, structure)
    assert torch.equal(weights, model.gate(structure))
    parts = [to_common(expert(x, edges)) for expert, to_common in zip(model.experts, model.maps, strict=True)]
    assert torch.allclose(features, sum(weights[:, k : k + 1] * part for k, part in enumerate(parts)), atol=1e-6)
    assert torch.equal(features, model(x, edges, structure).features)


def test_builds_the_adjacency_once(edges: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    sorting = sys.modules["graphfm.ops.adjacency"]  # the name in `graphfm.ops` is the function
    calls, pointer = [], sorting._pointer
    monkeypatch.setattr(sorting, "_pointer", lambda *args: calls.append(args) or pointer(*args))
    x, structure = inputs()
    build()(x, edges, structure)
    assert len(calls) == 2  # by source and by destination


def test_bfloat16_autocast_changes_nothing_inside(edges: Tensor) -> None:
    model, (x, structure) = build().eval(), inputs()
    expected = model(x, edges, structure)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = model(x, edges, structure)
    assert torch.equal(out.features, expected.features)
    assert torch.equal(out.weights, expected.weights)


def test_balance_loss_is_zero_when_balanced_and_pulls_there() -> None:
    assert balance_loss(torch.full((4, 3), 1 / 3)) == pytest.approx(0, abs=1e-12)
    assert balance_loss(F.one_hot(torch.zeros(4, dtype=torch.long), 3).float()) == pytest.approx(2)
    gate, structure = StructuralGate(S, 3), torch.randn(N, S)
    gate.mlp[-1].bias.data = torch.tensor([5.0, 0.0, 0.0])
    optimizer = torch.optim.Adam(gate.parameters(), lr=0.1)
    for _ in range(100):
        optimizer.zero_grad()
        balance_loss(gate(structure)).backward()
        optimizer.step()
    assert balance_loss(gate(structure)) < 1e-3


def test_a_thousand_steps_at_a_high_learning_rate_stay_finite(edges: Tensor) -> None:
    """Learnable curvature, learning rate 1e-2, no clipping of gradients, some inputs far outside the space."""
    experts = [HyperbolicExpert(D, C, C), SphericalExpert(D, C, C)]
    model, (x, structure) = GeometricMixture(experts, StructuralGate(S, 2), out_channels=C), inputs()
    x[10:] *= torch.logspace(-6, 3, 10).unsqueeze(-1)
    target = torch.randn(N, C)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, fused=True)
    losses, curvatures = [], []
    for _ in range(1000):
        optimizer.zero_grad()
        out = model(x, edges, structure)
        loss = (out.features - target).square().mean() + balance_loss(out.weights)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        curvatures.append([expert.manifold.k.item() for expert in experts])
    assert all(parameter.isfinite().all() for parameter in model.parameters())
    assert losses[-1] < 0.2 * losses[0]
    for path in zip(*curvatures, strict=True):
        assert max(path) - min(path) > 0.05
