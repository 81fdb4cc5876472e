"""The walks of a new user say what their page shows, but for the last digits."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
from walks import FOLDER, WALKS, WIDTH

from graphfm.__main__ import main

BLOCKS = re.findall(r"```console\n(.*?)\n```", (FOLDER / "README.md").read_text(encoding="utf-8"), re.DOTALL)


def lines(text: str) -> list[str]:
    """What was said without its numbers, frames and order: scores that nearly tie change places."""
    found = (" ".join(re.sub(r"\d+(\.\d+)?|[^\w\s.,:()<>?-]", " ", line).split()) for line in text.splitlines())
    return sorted(line for line in found if line)


@pytest.mark.parametrize(("walk", "block"), [*zip(WALKS, BLOCKS, strict=True)], ids=[title for title, *_ in WALKS])
def test_a_walk_is_as_its_page_shows_it(
    walk: tuple, block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if walk[0].endswith("Turtle"):
        pytest.importorskip("pyoxigraph")
    shutil.copytree(FOLDER, tmp_path / "walks")
    monkeypatch.chdir(tmp_path / "walks")
    monkeypatch.setenv("COLUMNS", WIDTH)
    commands = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    assert tuple(shown.split("\n")[0] for shown in commands) == walk[2], "two commands, those of the script"
    for shown in commands:
        command, _, expected = shown.partition("\n")
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        assert not stop.value.code, said.err
        assert lines(said.out) == lines(expected)
