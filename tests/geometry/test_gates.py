"""Gates and their controls."""

from __future__ import annotations

import io

import pytest
import torch

from graphfm.geometry import RandomGate, ShuffledGate, StructuralGate, UniformGate

N, S = 20, 5


def test_gate_rows_sum_to_one_and_training_is_softer() -> None:
    gate, structure = StructuralGate(S, 3), 100 * torch.randn(N, S)
    weights = gate.eval()(structure)
    assert torch.allclose(weights.sum(-1), torch.ones(N))
    softer = gate.train()(structure)
    assert (softer.amax(-1) <= weights.amax(-1)).all()
    assert softer.amax() < weights.amax()


def test_gate_standardises_with_the_statistics_of_its_checkpoint() -> None:
    structure = torch.randn(200, S) * torch.tensor([1e-3, 1.0, 1e3, 1.0, 0.0]) + torch.tensor(
        [0.0, 7.0, 0.0, -1.0, 3.0]
    )
    raw, gate = StructuralGate(S, 3), StructuralGate(S, 3)
    raw.load_state_dict(gate.state_dict())
    gate.fit_statistics(structure)
    scale = structure.std(0, correction=0).where(structure.std(0) > 0, torch.ones(S))
    assert torch.allclose(gate(structure), raw((structure - structure.mean(0)) / scale), atol=1e-4)

    saved = io.BytesIO()
    torch.save(gate.state_dict(), saved)
    saved.seek(0)
    raw.load_state_dict(torch.load(saved, weights_only=True))
    assert torch.equal(gate(structure), raw(structure))
    far = structure + torch.tensor([0.0, 0.0, 1e9, 0.0, 0.0])
    assert torch.equal(gate(far), gate(2 * far - structure))  # a far descriptor is cut, so it cannot saturate the gate


def test_gate_refuses_bad_descriptors() -> None:
    gate = StructuralGate(S, 3)
    with pytest.raises(ValueError, match=r"expected \(N, 5\)"):
        gate.fit_statistics(torch.randn(10, S + 1))
    with pytest.raises(ValueError, match="not finite"):
        gate.fit_statistics(torch.full((10, S), torch.nan))


def test_controls_are_what_their_names_say() -> None:
    structure = torch.randn(N, S)
    assert torch.equal(UniformGate(S, 3)(structure), torch.full((N, 3), 1 / 3))
    assert not list(UniformGate(S, 3).parameters())

    gate = RandomGate(S, 3).eval()
    weights = gate(structure)
    assert torch.allclose(weights.sum(-1), torch.ones(N))
    assert weights.amax(-1).mean() > 0.5  # decided
    assert not any(parameter.requires_grad for parameter in gate.parameters())

    shuffled, straight = ShuffledGate(S, 3).eval(), StructuralGate(S, 3).eval()
    straight.load_state_dict(shuffled.state_dict())
    moved, own = shuffled(structure), straight(structure)
    assert not torch.allclose(moved, own)
    assert torch.equal(moved, shuffled(structure))
    assert torch.allclose(moved.sort(0).values, own.sort(0).values)
