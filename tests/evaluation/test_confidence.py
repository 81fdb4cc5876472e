from __future__ import annotations

import torch

from graphfm.evaluation.accuracy import confidence


def test_a_calibrated_posterior_has_no_error() -> None:
    posterior = torch.tensor([[0.75, 0.25]]).expand(400, -1)
    y = (torch.arange(400) % 4 == 3).long()  # right three times of four
    found = confidence(posterior, y)
    assert abs(found.ece) < 1e-6
    assert [b.accuracy for b in found.bins] == [75]


def test_overconfidence_is_the_error() -> None:
    posterior = torch.tensor([[1.0, 0.0]]).expand(10, -1)
    assert confidence(posterior, torch.tensor([0] * 6 + [1] * 4)).ece == 40


def test_the_surest_half() -> None:
    posterior = torch.tensor([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.55, 0.45]])
    assert confidence(posterior, torch.tensor([0, 0, 1, 1])).surest_half == 100
