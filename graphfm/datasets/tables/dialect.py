"""What separates the columns of a table, and whether double quotes enclose its cells; seen from its first lines."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from graphfm.datasets.tables.declared import Reading
from graphfm.errors import DataError

_MARKS = "\t,;|"


class Dialect(NamedTuple):
    """How a line is cut into cells."""

    sep: str
    quoted: bool

    def cut(self, line: str) -> list[str]:
        """The cells of one line, without blanks around them."""
        if self.quoted:
            return [cell.strip(" ") for cell in next(csv.reader([line], delimiter=self.sep, skipinitialspace=True), [])]
        if self.sep == " ":
            return line.split()
        return [cell.strip(" ") for cell in line.split(self.sep)]


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
        if sep == "\t" and len(head) > 1 and all(_enclosed(cell) for line in head for cell in line.split("\t")):
            hint = "Say --quotes if they only enclose the names, --no-quotes if they are part of them."
            raise DataError(
                "double quotes around every cell", expected="plain names between tabs", hint=hint, path=path
            )
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
