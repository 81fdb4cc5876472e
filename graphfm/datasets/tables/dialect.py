"""What separates the columns of a table, and whether double quotes enclose its cells; seen from its first lines."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from graphfm.datasets.tables.conventions import known
from graphfm.datasets.tables.declared import Reading
from graphfm.errors import DataError

_MARKS = "\t,;|"
_DOUBLED = re.compile(r'"(?:[^"]|"")*""(?:[^"]|"")*"(?<!^"")')  # as CSV writes a cell that holds quotes


class Dialect(NamedTuple):
    """How a line is cut into cells; `before`: lines at the top, blank ones aside, that are no rows (see `preamble`)."""

    sep: str
    quoted: bool
    before: int = 0

    def kept(self, lines: Iterable[str]) -> Iterator[str]:
        """The lines of a file, those before the table made blank, so that the others keep their numbers."""
        left = self.before
        for line in lines:
            gone = left > 0 and bool(line.strip())
            left -= gone
            yield "" if gone else line

    def cut(self, line: str) -> list[str]:
        """The cells of one line, without blanks around them."""
        if self.quoted:
            return [cell.strip(" ") for cell in next(csv.reader([line], delimiter=self.sep, skipinitialspace=True), [])]
        if self.sep == " ":
            return line.split()
        return [cell.strip(" ") for cell in line.split(self.sep)]


def preamble(lines: Sequence[str], reading: Reading, *, least: int) -> tuple[int, Reading]:
    """How many lines at the top of a table are no rows: comments after ``#``, Excel's ``sep=;``, which names the separator.

    A name may begin with ``#`` as well: a line as wide as those below is a comment only where a blank or another ``#``
    follows, and not where it names the columns.

    Args:
        lines: the first lines that are not blank.
    """
    if reading.comments is False:
        return 0, reading
    if lines and (match := re.fullmatch(r"\"?sep=(.)\"?", lines[0].strip("\r\ufeff "), re.IGNORECASE)):
        return 1, reading if reading.sep is not None else replace(reading, sep=match[1])
    count = next((i for i, line in enumerate(lines) if not line.lstrip().startswith("#")), 0)
    if not count:
        return 0, reading
    first = lines[count]
    sep = reading.sep or _separator(lines[count : count + 50], least)

    def width(line: str) -> int:
        return len(line.split()) if sep == " " else line.count(sep) + 1

    for place in range(count):
        line = lines[place].lstrip()
        names = [cell.strip() for cell in (line.lstrip("# ").split() if sep == " " else line.lstrip("# ").split(sep))]
        as_wide = width(line.lstrip("# ")) == width(first)
        row = width(line) == width(first) and not re.match(r"#[#!\s]", line)
        if row or (as_wide and known(names) is not None):
            return place, reading
    return count, reading


def dialect_of(head: Sequence[str], reading: Reading, path: Path, *, least: int = 3, quotes: bool = False) -> Dialect:
    """The dialect of a table.

    A tab separates where it stands, since names seldom hold one; then comma, semicolon and bar where every line has
    enough of them; then blanks. Double quotes enclose cells in files of commas, semicolons and bars that have any.

    Args:
        head: the first lines that are not blank.
        reading: what the user said.
        path: the file, for messages.
        least: columns that the table has at least.
        quotes: whether there is a double quote anywhere in the file.

    Raises:
        DataError: where all cells of a table of tabs are in double quotes, which are data there.
    """
    sep = reading.sep or _separator(head, least)
    if reading.quotes is not None:
        return Dialect(sep, reading.quotes)
    if sep in "\t ":
        every = len(head) > 1 and all(_enclosed(cell) for line in head for cell in line.split("\t"))
        doubled = next((cell for line in head for cell in line.split("\t") if _DOUBLED.fullmatch(cell)), None)
        if sep == "\t" and (every or doubled):
            hint = "Say --quotes if they only enclose the names, --no-quotes if they are part of them."
            found = (
                "double quotes around every cell" if every else f"a cell in quotes that are doubled within, {doubled}"
            )
            raise DataError(found, expected="plain names between tabs", hint=hint, path=path)
        return Dialect(sep, False)
    return Dialect(sep, quotes)


def _enclosed(cell: str) -> bool:
    return len(cell) > 1 and cell[0] == cell[-1] == '"'


def _separator(head: Sequence[str], least: int) -> str:
    if not head:
        return "\t"
    first = head[0]
    for mark in _MARKS:
        if all(line.count(mark) >= least - 1 for line in head) and _count(first, mark) >= least - 1:
            return mark
    # Where the table is broken below, its first line still says what it was meant to be.
    found = next((mark for mark in _MARKS if first.count(mark) >= least - 1), None)
    return found or ("\t" if "\t" in first else " ")


def _count(line: str, mark: str) -> int:
    """Separators of a line outside double quotes."""
    return (
        sum(part.count(mark) for part in line.split('"')[::2])
        if mark != "\t" and line.count('"') % 2 == 0
        else line.count(mark)
    )
