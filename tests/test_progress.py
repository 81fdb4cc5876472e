"""The bar is drawn on a terminal that asked for it, and nowhere else."""

from __future__ import annotations

import pytest

from graphfm.progress import progress_bar


@pytest.mark.parametrize(("terminal", "show"), [(True, True), (True, False), (False, True)])
def test_bars_of_counts_and_of_bytes(
    terminal: bool, show: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1" if terminal else "")
    with progress_bar("texts", total=3, show=show) as update:
        update(advance=1)
        update(advance=2)
    with progress_bar("file.bin", show=show, in_bytes=True) as update:
        update(completed=10, total=2000)
        update(completed=2000, total=2000)
    shown = capsys.readouterr().err
    assert ("texts" in shown, "3/3" in shown, "2.0/2.0 kB" in shown) == (terminal and show,) * 3
