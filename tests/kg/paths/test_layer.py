"""The sparse recurrent unit against torch's, values and gradients."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from graphfm.kg.paths.layer import Carry


@pytest.mark.parametrize("known", [0, 3, 7])
def test_equals_a_gru_cell_on_states_filled_up_with_zeros(known: int) -> None:
    torch.manual_seed(0)
    ours, theirs = Carry(5, 5).double(), nn.GRUCell(5, 5).double()
    theirs.load_state_dict(ours.state_dict())
    update = torch.randn(7, 5, dtype=torch.double, requires_grad=True)
    state = torch.randn(known, 5, dtype=torch.double, requires_grad=True)
    old = torch.randperm(7)[:known].sort().values
    results = ours(update, state, old), theirs(update, torch.zeros_like(update).index_copy(0, old, state))
    torch.testing.assert_close(*results)
    direction = torch.randn(7, 5, dtype=torch.double)
    gradients = [
        torch.autograd.grad((result * direction).sum(), [update, state, *cell.parameters()])
        for result, cell in zip(results, (ours, theirs), strict=True)
    ]
    torch.testing.assert_close(*gradients)
