"""`graphfm models show` of what comes with the package."""

from __future__ import annotations

import pytest

from graphfm.commands.models import show


def test_default_has_the_cards_that_were_written_for_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    show("default")
    said = capsys.readouterr().out
    assert said.count("Licence: MIT") == 2
    for words in ("What to expect", "Limits", "default for knowledge graphs", "ULTRA .263", "default_kg.ckpt"):
        assert words in said
    assert "…" not in said  # every number is there
    assert "not stated" not in said
