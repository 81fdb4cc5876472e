"""RowAdam against torch's own Adam and SparseAdam."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from graphfm.kg.embeddings.optim import RowAdam


def run(make, *, sparse: bool, rows: list[list[int]], steps: int = 6) -> nn.Parameter:
    weight = nn.Parameter(torch.arange(20.0).view(5, 4) / 20)
    optimizer = make([weight])
    for step in range(steps):
        optimizer.zero_grad()
        F.embedding(torch.tensor(rows[step % len(rows)]), weight, sparse=sparse).pow(3).sum().backward()
        optimizer.step()
    return weight


@pytest.mark.parametrize(
    "rows", [[[0, 1, 4]], [[0, 2], [3, 3, 1], [4, 0]]], ids=["same rows", "other rows, twice each"]
)
def test_sparse_rows_move_as_with_sparse_adam(rows: list[list[int]]) -> None:
    ours = run(lambda p: RowAdam(p, 0.1), sparse=True, rows=rows)
    theirs = run(lambda p: torch.optim.SparseAdam(p, 0.1), sparse=True, rows=rows)
    torch.testing.assert_close(ours, theirs)


def test_dense_gradients_move_as_with_adam() -> None:
    rows = [[0, 1, 2, 3, 4]]
    ours = run(lambda p: RowAdam(p, 0.1, eps=1e-12), sparse=False, rows=rows)
    theirs = run(lambda p: torch.optim.Adam(p, 0.1, eps=1e-12), sparse=False, rows=rows)
    torch.testing.assert_close(ours, theirs)


def test_row_wise_keeps_one_second_moment_per_row() -> None:
    weight = nn.Parameter(torch.ones(3, 2))
    optimizer = RowAdam([weight], 0.1, row_wise=True)
    F.embedding(torch.tensor([1]), weight, sparse=True).mul(torch.tensor([3.0, 1.0])).sum().backward()
    optimizer.step()
    assert optimizer.state[weight]["square"].shape == (3, 1)
    # The first step is lr * gradient / root mean square of the row.
    expected = torch.ones(3, 2)
    expected[1] -= 0.1 * torch.tensor([3.0, 1.0]) / 5**0.5
    torch.testing.assert_close(weight.data, expected)


def test_state_survives_a_round_trip() -> None:
    weight = nn.Parameter(torch.ones(3, 2))
    optimizer = RowAdam([weight], 0.1)
    weight.sum().backward()
    optimizer.step()
    other = RowAdam([nn.Parameter(weight.detach().clone())], 0.1)
    other.load_state_dict(optimizer.state_dict())
    copy = other.param_groups[0]["params"][0]
    copy.grad = weight.grad
    optimizer.step()
    other.step()
    torch.testing.assert_close(copy, weight)


def test_wrong_rates_are_named() -> None:
    with pytest.raises(ValueError, match=r"lr=-1"):
        RowAdam([nn.Parameter(torch.ones(1))], -1.0)
