"""Malformed inputs as they were found in the field: a folder a case, with its command and what must come of it."""

from __future__ import annotations

import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.faults.child import graphfm, one_sentence
from tests.faults.samples import LINKS, PRETRAIN, write_samples

#: Cases that are taken now, and why.
RIGHT_NOW = {
    "006": "of a graph without an edge none can be held out",
    "068": "more lengths than there are layers are clamped, as the setting says",
    "120": "the folder that the case names is not there: a file of its name is written",
}
GOOD = {
    "rot": ["link-prediction", "--model", "rotate", "--data", "kg", "--out", "rot", *LINKS],
    "mok": [
        "link-prediction", "--model", "mokgr", "--data", "kg", "--out", "mok", *(w for w in LINKS if w != "num_negatives=4"),
    ],
    "pre": ["pretrain", "--data", "tag", "--out", "pre", *PRETRAIN],
}  # fmt: skip
NAMES = {"e1": "person_01", "r1": "next_to"}  # of their graph, in the words of ours


def field_cases(folder: Path) -> Iterator[dict[str, Any]]:
    """A record a case.

    Args:
        folder: of the cases; each has a ``case.txt`` with lines ``expected:`` and ``command:``, and its files in ``input``.
    """
    with tempfile.TemporaryDirectory() as place:
        room = Path(place)
        good = write_samples(room / "GOOD")
        environment = {"GRAPHFM_CACHE": str(room / "cache"), "COLUMNS": "200"}
        for words in GOOD.values():
            done = graphfm(words, folder=good, environment=environment)
            assert done.status == 0, done.said
        for case in sorted(folder.glob("[0-9]*")):
            lines = (case / "case.txt").read_text(errors="replace").splitlines()
            must, command = (_field(lines, name) for name in ("expected", "command"))
            there = room / "case"
            shutil.rmtree(there, ignore_errors=True)
            there.mkdir()
            if (case / "input").is_dir():
                shutil.copytree(case / "input", there / "input")
            (there / "GOOD").symlink_to(good)
            found = graphfm(_words(command), folder=there, environment=environment, limit=60)
            refuse = must.startswith("refuse") and case.name not in RIGHT_NOW
            record = {
                "case": f"{case.name} {lines[0][:60]}",
                "status": found.status,
                "traceback": found.traceback,
                "hangs": found.status is None,
                "untold": found.status not in (0, None) and not found.traceback and not one_sentence(found.said),
                "accepted_wrong": refuse and found.status == 0,
                "code_ran": any(there.glob("PWNED*")),
            }
            bad = any(record[name] for name in ("traceback", "hangs", "untold", "accepted_wrong", "code_ran"))
            yield record | ({"said": found.said[-1500:]} if bad else {})


def _field(lines: list[str], name: str) -> str:
    return next(line.partition(": ")[2] for line in lines if line.startswith(f"{name}: "))


def _words(command: str) -> list[str]:
    """The words of a case's command, as options are called now."""
    try:
        words = shlex.split(command)[1:]
    except ValueError:
        words = command.split(" ")[1:]
    if words[0] in ("evaluate", "complete") and not words[1].startswith("-"):
        words.insert(1, "--checkpoint")
    return [NAMES.get(word, re.sub(r"^OUT/s/\d+", "out", word)) for word in words]
