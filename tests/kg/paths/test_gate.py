"""Sparse gates: what they keep, when they draw noise, and losses that tell balance from collapse."""

from __future__ import annotations

import pytest
import torch

from graphfm.kg.paths.gate import NoisyTopK, squared_variation

D, N, B = 8, 5, 64


def gate(**options) -> NoisyTopK:
    torch.manual_seed(0)
    return NoisyTopK(D, N, **{"k": 2, **options})


@pytest.fixture
def context() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(B, D, generator=generator), torch.randn(B, D, generator=generator)


def test_keeps_k_experts_of_every_query(context) -> None:
    weights = gate()(*context).weights
    assert ((weights > 0).sum(1) == 2).all()
    torch.testing.assert_close(weights.sum(1), torch.ones(B))
    assert (gate(k=N)(*context).weights > 0).all()


def test_noise_in_training_alone(context) -> None:
    layer = gate()
    assert not torch.equal(layer(*context).weights, layer(*context).weights)
    layer.eval()
    assert torch.equal(layer(*context).weights, layer(*context).weights)
    still = gate(noise=False)
    assert torch.equal(still(*context).weights, still(*context).weights)


def test_choices_are_personal(context) -> None:
    chosen = gate().eval()(*context).weights > 0
    assert len(chosen.unique(dim=0)) > 1


def test_balance_losses_are_zero_when_balanced_and_large_when_collapsed(context) -> None:
    layer = gate(k=1)
    with torch.no_grad():
        layer.experts.zero_()  # no preference: noise of one size spreads queries evenly
        layer.spread.weight.zero_()
    many = [x.repeat(200, 1) for x in context]
    balanced = layer(*many).balance
    assert balanced.importance < 0.01
    assert balanced.load < 0.01
    with torch.no_grad():
        layer.context[2].weight.zero_()
        layer.context[2].bias.fill_(1.0)
        layer.experts[2] = 10.0
    collapsed = layer(*many).balance
    assert collapsed.importance > N - 1.1  # one expert has all: (std / mean)^2 = n - 1
    assert collapsed.load > N - 1.1


def test_squared_variation() -> None:
    assert squared_variation(torch.full((4,), 3.0)) == 0
    assert squared_variation(torch.tensor([1.0, 0.0, 0.0, 0.0])).item() == pytest.approx(3.0)


def test_load_is_the_probability_of_being_chosen() -> None:
    """Against draws: the load sums the chances that new noise of one expert alone puts it among the first k."""
    layer = gate().double()
    generator = torch.Generator().manual_seed(0)
    clean, noise = (torch.randn(1, N, generator=generator, dtype=torch.double) for _ in range(2))
    spread = torch.rand(1, N, generator=generator, dtype=torch.double) + 0.5
    noisy = clean + spread * noise
    expected = []
    for i in range(N):
        drawn = noisy.repeat(20000, 1)
        drawn[:, i] = clean[0, i] + spread[0, i] * torch.randn(20000, generator=generator, dtype=torch.double)
        expected.append((drawn.topk(2).indices == i).any(1).double().mean())
    torch.testing.assert_close(layer._load(clean, noisy, spread), torch.stack(expected), atol=0.02, rtol=0)


def test_gradients_reach_every_expert_through_the_balance_losses(context) -> None:
    layer = gate()
    balance = layer(*context).balance
    (balance.importance + balance.load).backward()
    assert (layer.experts.grad.abs().sum(1) > 0).all()
    assert layer.spread.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("k", [0, N + 1])
def test_impossible_k_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match="keeps 1 to 5"):
        gate(k=k)
