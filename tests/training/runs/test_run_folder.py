"""What every run shares."""

from __future__ import annotations

import torch

from graphfm.training.runs.run_folder import Stopwatch


def test_a_resumed_run_counts_what_the_killed_one_had_used() -> None:
    first = Stopwatch()
    first.before = (100.0, 50.0)
    resumed = Stopwatch()
    resumed.load_state_dict(first.state_dict())
    torch.randn(200, 200).det()
    wall, cpu = resumed.seconds
    assert 100 < wall < 160
    assert 50 < cpu < 110
