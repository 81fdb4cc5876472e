"""Maps: bounded, and none where there is nothing to see."""

from __future__ import annotations

import pytest
import torch

from graphfm.report.projection import POINTS, projection


@pytest.mark.parametrize(
    "rows",
    [
        torch.randn(3, 8),
        torch.ones(80, 8),
        torch.zeros(80, 8),
        torch.ones(80, 8) + 1e-9 * torch.randn(80, 8),
        torch.full((80, 8), torch.nan),
    ],
    ids=["few", "equal", "zero", "all but equal", "no numbers"],
)
def test_no_map_of_what_does_not_vary(rows: torch.Tensor) -> None:
    assert projection(rows) is None


@pytest.mark.parametrize("rows", [torch.eye(8)[torch.arange(80) % 2], torch.eye(80)[:, :2], torch.randn(4, 2)])
def test_rows_that_vary_a_little_have_a_map(rows: torch.Tensor) -> None:
    found = projection(rows)
    assert found is not None
    assert found.points.shape == (len(rows), 2)
    assert torch.from_numpy(found.points).isfinite().all()


def test_a_map_is_bounded_and_keeps_to_the_rows_allowed() -> None:
    found = projection(torch.randn(3 * POINTS, 4), among=torch.arange(0, 3 * POINTS, 2))
    assert found is not None
    assert len(found.chosen) == POINTS
    assert (found.chosen % 2 == 0).all()
