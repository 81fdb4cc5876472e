"""The blocks of README.md and the documentation: files that a reader writes, commands that a reader runs.

A page's own files are its blocks with a title; those of `docs/index.md` are there on every page. A block that cannot run says why
in a comment before it, and one that a test shortens says how:

    <!-- not run: needs two GPUs -->
    <!-- in tests: --epochs 1 -->
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
START = ROOT / "docs" / "index.md"
BLOCK = re.compile(r"(?:<!-- (not run|in tests): (.*?) -->\n)?^```(\w+)(?: title=\"(.*?)\")?\n(.*?)^```", re.M | re.S)


class Block(NamedTuple):
    """A block of a page: its language, its file if it is one, its text, why it is not run, what tests add."""

    language: str
    title: str
    text: str
    reason: str
    more: str


def blocks(page: Path) -> Iterator[Block]:
    for mark, words, language, title, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        yield Block(language, title, text, words if mark == "not run" else "", words if mark == "in tests" else "")


def lines(block: Block) -> Iterator[str]:
    """The commands of a shell block, without their comments."""
    for line in block.text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words:
            yield shlex.join(words)


def write_files(page: Path, desk: Path) -> None:
    """The files that a page shows, and those of the first page, in a folder."""
    for source in (START, page):
        for block in blocks(source):
            if block.title:
                path = desk / block.title
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, encoding="utf-8")
