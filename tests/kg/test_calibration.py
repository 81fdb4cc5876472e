"""Probabilities mean what they say: recovered where they are known, monotone, and judged by exact scores."""

from __future__ import annotations

import pytest
import torch

from graphfm.kg.calibration import Calibration, calibrate, reliability


def logistic_world(slope: float, offset: float, n: int = 20_000) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores whose odds of being true are exp(slope * s + offset) by construction."""
    generator = torch.Generator().manual_seed(0)
    s = 3 * torch.randn(n, generator=generator)
    true = torch.rand(n, generator=generator) < torch.sigmoid(slope * s + offset)
    return s[true], s[~true]


@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (0.3, -1.0), (2.0, 4.0)])
def test_platt_recovers_a_logistic_world(slope: float, offset: float) -> None:
    found = calibrate(*logistic_world(slope, offset))
    torch.testing.assert_close(torch.tensor(found.scores), torch.tensor([slope, offset]), atol=0.12, rtol=0.05)


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_probabilities_are_calibrated_on_fresh_scores(method) -> None:
    positive, negative = logistic_world(0.7, 0.5)
    found = calibrate(positive[::2], negative[::2], method=method)
    fresh = torch.cat([positive[1::2], negative[1::2]])
    true = torch.arange(len(fresh)) < len(positive[1::2])
    judged = reliability(found(fresh), true)
    assert judged["calibration_error"] < 0.02
    assert judged["brier"] < judged["brier_constant"]
    p = found(fresh.sort().values)
    assert (p.diff() >= 0).all()
    assert p.min() >= 0
    assert p.max() <= 1


def test_separable_scores_keep_a_finite_slope() -> None:
    found = calibrate(torch.tensor([2.0, 3.0]), torch.tensor([-2.0, -3.0]))
    assert all(map(torch.isfinite, map(torch.tensor, found.scores)))
    assert found(torch.tensor([-3.0, 3.0])).tolist() == pytest.approx([0.25, 0.75], abs=0.05)


def test_scores_that_say_nothing_give_one_half() -> None:
    found = calibrate(torch.ones(5), torch.ones(5))
    assert found(torch.ones(1)).item() == pytest.approx(0.5)


def test_reliability_by_hand() -> None:
    judged = reliability(torch.tensor([0.05, 0.05, 0.95, 0.95]), torch.tensor([False, True, True, True]))
    assert judged["brier"] == pytest.approx((0.05**2 * 3 + 0.95**2) / 4)
    assert judged["brier_constant"] == pytest.approx(0.75 * 0.25)
    assert judged["bins"]["frequency"] == [0.5, 1.0]
    assert judged["bins"]["count"] == [2, 2]
    assert judged["calibration_error"] == pytest.approx((0.45 + 0.05) / 2)


def test_plain_values_are_the_whole_of_it() -> None:
    found = calibrate(*logistic_world(1.0, 0.0, 200), method="isotonic")
    again = Calibration(**found._asdict())
    x = torch.linspace(-9, 9, 50)
    assert torch.equal(found(x), again(x))


@pytest.mark.parametrize(("n", "method"), [(0, "platt"), (3, "histogram")])
def test_bad_input_is_refused(n: int, method) -> None:
    with pytest.raises(ValueError, match="received"):
        calibrate(torch.ones(n), torch.ones(3), method=method)
