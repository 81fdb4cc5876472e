"""Lengths: the gate's range, the fixed stand-in, the early stop of a single query."""

from __future__ import annotations

import pytest
import torch

from graphfm.kg.paths.gate import EarlyStop, LastLength, LengthGate


def test_gate_covers_its_lengths() -> None:
    gate = LengthGate(4, first=2, last=5, k=3)
    weights = gate(torch.randn(6, 4), torch.randn(6, 4)).weights
    assert weights.shape == (6, 4)
    with pytest.raises(ValueError, match="received 0 to 3"):
        LengthGate(4, first=0, last=3, k=1)


def test_last_length_alone() -> None:
    gate = LastLength(3)(torch.randn(2, 4), torch.randn(2, 4))
    assert gate.weights.tolist() == [[1.0], [1.0]]
    assert (gate.balance.importance, gate.balance.load) == (0, 0)


def test_early_stop_judges_each_query_by_its_own_nodes() -> None:
    torch.manual_seed(0)
    stop = EarlyStop(4, threshold=0.5).eval()
    even, uneven = torch.full((3, 4), 2.0), torch.tensor([[1.0] * 4, [9.0] * 4])
    state, row = torch.cat([even, uneven]), torch.tensor([0, 0, 0, 1, 1])
    same, stopped = stop(state, row, num_queries=3)
    assert same is state
    assert stopped.tolist() == [False, True, False]  # std / mean: 0, 4/5, and no node at all
    scaled, stopped = stop.train()(state, row, num_queries=3)
    assert not stopped.any()
    ratio = scaled / state
    assert ((ratio > 0) & (ratio < 1)).all()
    assert len(ratio[:3].unique()) == 1
    assert ratio[0, 0] != ratio[3, 0]


def test_early_stop_has_finite_gradients_on_one_node() -> None:
    state = torch.zeros(1, 4, requires_grad=True)
    EarlyStop(4)(state, torch.tensor([0]), num_queries=1)[0].sum().backward()
    assert state.grad.isfinite().all()
