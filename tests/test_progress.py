"""The bar is drawn on a terminal that asked for it; where there is none, a line a minute."""

from __future__ import annotations

import pytest

from graphfm import progress
from graphfm.progress import progress_bar


@pytest.mark.parametrize(("terminal", "show"), [(True, True), (True, False), (False, True)])
def test_bars_of_counts_and_of_bytes(
    terminal: bool, show: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)  # empty, it asks rich 13 for a terminal, and not rich 14
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
    with progress_bar("texts", total=3, show=show) as update:
        update(advance=1)
        update(advance=2)
    with progress_bar("file.bin", show=show, in_bytes=True) as update:
        update(completed=10, total=2000)
        update(completed=2000, total=2000)
    shown = capsys.readouterr().err
    assert ("texts" in shown, "3/3" in shown, "2.0/2.0 kB" in shown) == (terminal and show,) * 3


def test_a_plain_line_a_minute_where_nobody_looks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    with progress_bar("Reading", total=10, show=True) as update:
        for _ in range(10):
            clock[0] += 25.0
            update(advance=1)
    assert capsys.readouterr().err.splitlines() == [
        "Reading: 3 of 10 (30%), 1 min gone, 3 min left",
        "Reading: 6 of 10 (60%), 2 min gone, 2 min left",
        "Reading: 9 of 10 (90%), 4 min gone, 25 s left",
    ]
    with progress_bar("Reading", total=10, show=False) as update:
        clock[0] += 100.0
        update(advance=1)
    assert not capsys.readouterr().err
