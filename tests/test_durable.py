"""A file is the old one or the new one, whatever happens while it is written; what dead processes left is removed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from graphfm import durable
from graphfm.durable import is_temporary, replacing, replacing_folder
from graphfm.files import write_json, write_text


def dead_process() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("call", ["fsync", "replace", "link"])
def test_a_call_that_fails_leaves_the_old_file_alone(tmp_path, monkeypatch, call):
    write_text(tmp_path / "f", "old")
    write_text(tmp_path / "kept", "older")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, fail)
    if call == "link":  # a file system without second names: the old file moves, and nothing is lost
        with replacing(tmp_path / "f", keep=tmp_path / "kept") as temporary:
            temporary.write_text("new")
        assert [(tmp_path / name).read_text() for name in ("f", "kept")] == ["new", "old"]
    else:
        with (
            pytest.raises(OSError, match="No space left"),
            replacing(tmp_path / "f", keep=tmp_path / "kept") as temporary,
        ):
            temporary.write_text("new")
        assert (tmp_path / "f").read_text() == "old"
    assert names(tmp_path) == ["f", "kept"]


def test_the_file_before_is_kept_where_asked(tmp_path):
    for text in ("1", "2", "3"):
        with replacing(tmp_path / "f", keep=tmp_path / "f.previous") as temporary:
            temporary.write_text(text)
    assert [(tmp_path / name).read_text() for name in ("f", "f.previous")] == ["3", "2"]
    assert names(tmp_path) == ["f", "f.previous"]


def test_left_over_files_of_dead_processes_go_and_those_of_live_ones_stay(tmp_path):
    dead, mine, host = dead_process(), os.getpid(), durable._HOST
    gone = [f".f.{host}-{dead}.tmp", f".f.elsewhere-{mine}.tmp"]
    stay = [f".f.{host}-{os.getppid()}.tmp", f".f.elsewhere-{dead}.tmp2", ".f.elsewhere-1.tmp", ".f.tmp", "f.1.tmp"]
    for name in gone + stay:
        (tmp_path / name).write_text("")
    os.utime(tmp_path / gone[1], (0, time.time() - 100_000))  # of another machine: known to be dead after a day
    write_text(tmp_path / "f", "new")
    assert names(tmp_path) == sorted([*stay, "f"])


def test_names_of_temporary_files_are_known_and_no_others():
    assert all(map(is_temporary, [".settings.json.77.tmp", ".model.ckpt.host-77.tmp"]))
    assert not any(map(is_temporary, ["settings.json", ".gitignore", ".x.tmp", "thesis.77.tmp"]))


def test_a_folder_moved_aside_by_a_killed_process_comes_back(tmp_path):
    room = tmp_path / f".g.{durable._HOST}-{dead_process()}.tmp"
    (room / "old").mkdir(parents=True)
    (room / "old" / "nodes").write_text("years of work")
    with pytest.raises(FileNotFoundError), replacing_folder(tmp_path / "g") as fresh:
        (fresh / "missing").read_text()
    assert names(tmp_path) == ["g"]
    assert (tmp_path / "g" / "nodes").read_text() == "years of work"


def test_json_holds_no_number_that_json_has_not(tmp_path):
    write_json(tmp_path / "f", {"a": [float("nan"), 1.5, (float("-inf"),)], "path": Path("x"), "half": "\ud800"})

    def refuse(name: str) -> None:
        raise AssertionError(name)

    content = json.loads((tmp_path / "f").read_text(encoding="utf-8"), parse_constant=refuse)
    assert content == {"a": [None, 1.5, [None]], "path": "x", "half": "\ud800"}
