"""Shapes that whole tables have: quotes of another kind around every cell, closed rows, a header among the comments above."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from graphfm.datasets.tables.conventions import known
from graphfm.errors import DataError

_QUOTES = ("'", "`", "~")
_PAIRS = ("“”", "„“", "«»", "‘’")
_LONG = 60  # characters that no name of a column has
_MANY = 4  # columns from which on a comment that has as many cells is no prose


def enclosing(head: Sequence[str], sep: str, least: int, path: Path) -> str:
    """What encloses every cell of a table other than double quotes, its first line perhaps left aside; "" for nothing.

    Raises:
        DataError: quotes of typography, which open and close by two signs.
    """
    lines = [line.strip() for line in head[1:] or head]
    for left, right in (*((quote, quote) for quote in _QUOTES), *_PAIRS):
        if not all(len(line) > 1 and line[0] == left and line[-1] == right for line in lines):
            continue
        between = re.compile(rf"{right}\s*{re.escape(sep)}\s*{left}")
        widths = {len(between.split(line)) for line in lines}
        if len(widths) == 1 and min(widths) >= least:
            if left == right:
                return left
            raise DataError(
                f"{left} and {right} around every cell", expected="plain cells, or double quotes around them",
                hint='Replace them by ", or say --no-quotes where they are part of the names.', path=path, line=1,
            )  # fmt: skip
    return ""


def closing_separators(rows: Sequence[Sequence[str]], least: int) -> int:
    """How many separators end each row, after which nothing comes: ``a,r,b,``.

    A header has fewer, or is not known; with one that has as many, the empty columns are left out by its lack of a name.
    """
    data = rows[1:] or rows
    if not rows or len({*map(len, data)}) != 1:
        return 0
    width = len(data[0])
    empty = min(_empty(row) for row in data)
    closing = width - len(rows[0])
    if not closing and least > 2 and known(rows[0]) is None:
        closing = min(empty, _empty(rows[0]))
    return closing if 0 < closing <= empty and width - closing >= least else 0


def _empty(row: Sequence[str]) -> int:
    """How many cells at the end of a row are empty."""
    return next((i for i, cell in enumerate(reversed(row)) if cell), len(row))


def named_above(
    comments: Sequence[str], rows: Sequence[Sequence[str]], sep: str, cut: Callable[[str], list[str]]
) -> list[str]:
    """The names of the columns where a comment above the table has them, as those of CTD and SNAP; none otherwise."""
    width = len(rows[0])
    if (sep != "\t" and width < _MANY) or known(rows[0]) is not None:
        return []
    for line in reversed(comments):
        cells = cut(line.lstrip("#%/! ")) if line.lstrip()[:1] in "#%/!" else []
        if len(cells) == width and len({*cells}) == width and all(0 < len(cell) < _LONG for cell in cells):
            return cells
    return []
