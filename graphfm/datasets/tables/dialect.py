"""What separates the columns of a table, and whether double quotes enclose its cells; seen from its first lines."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from graphfm.datasets.tables.conventions import known
from graphfm.datasets.tables.declared import BLANKS, Reading, separator_name
from graphfm.datasets.tables.shapes import enclosing
from graphfm.errors import DataError

_MARKS = ("\t", "\x01", ",", ";", "||", "|")  # what separates where every line has enough of it, best first
_COMMENT = re.compile(r"\s*(#|%|//|!)")
_TITLES = 20  # lines that may stand above a table
_DOUBLED = re.compile(r'"(?:[^"]|"")*""(?:[^"]|"")*"(?<!^"")')  # as CSV writes a cell that holds quotes


class Dialect(NamedTuple):
    """How a line is cut into cells.

    Args:
        sep: what separates them, one character or several.
        quoted: whether double quotes enclose cells.
        before: lines at the top, blank ones aside, that are no rows (see `preamble`).
        escaped: whether a quote within quotes is written as ``\\"`` and not doubled.
        quote: what encloses cells.
        closing: separators at the end of each row, after which nothing comes.
        above: whether the header is one of the lines before.
    """

    sep: str
    quoted: bool
    before: int = 0
    escaped: bool = False
    quote: str = '"'
    closing: int = 0
    above: bool = False

    @property
    def mark(self) -> str:
        """The one character that separates the lines of `kept`."""
        return self.sep if len(self.sep) == 1 else "\x1f"

    def kept(self, lines: Iterable[str]) -> Iterator[str]:
        """The lines of a file, those before the table made blank, so that the others keep their numbers."""
        left = self.before
        for line in lines:
            gone = left > 0 and bool(line.strip())
            left -= gone
            yield "" if gone else self.marked(line)

    def marked(self, line: str) -> str:
        """A line whose cells `mark` separates."""
        if self.sep == BLANKS:
            return re.sub(" {2,}", self.mark, line.strip(" "))
        return line.replace(self.sep, self.mark)

    def cut(self, line: str) -> list[str]:
        """The cells of one line, without blanks around them."""
        if self.quoted:
            return [cell.strip(" ") for cell in next(self.reader([self.marked(line)]), [])]
        if self.sep == " ":
            return line.split()
        return [cell.strip(" ") for cell in self.marked(line).split(self.mark)]

    def reader(self, lines: Iterable[str], *, strict: bool = False) -> Any:
        """The rows of lines of `kept`, through Python's csv module."""
        return csv.reader(
            lines,
            delimiter=self.mark,
            quoting=csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE,
            quotechar=self.quote,
            skipinitialspace=True,
            doublequote=not self.escaped,
            escapechar="\\" if self.escaped else None,
            strict=strict,
        )


def preamble(lines: Sequence[str], reading: Reading, path: Path, *, least: int) -> tuple[int, Reading]:
    """How many lines at the top of a table are no rows: comments, titles, Excel's ``sep=;``, which names the separator.

    A name may begin with ``#`` as well: a line as wide as those below is a comment only where a blank or another ``#``
    follows, and not where it names the columns. Titles stand above a header that is known, and are narrower.

    Args:
        lines: the first lines that are not blank.
    """
    if reading.comments is False:
        return 0, reading
    if lines and (match := re.fullmatch(r"\"?sep=(.)\"?", lines[0].strip("\r\ufeff "), re.IGNORECASE)):
        return 1, reading if reading.sep is not None else replace(reading, sep=match[1])
    count = next((i for i, line in enumerate(lines) if not _COMMENT.match(line)), 0)
    if not count:
        return _titles(lines, reading), reading
    first = lines[count]
    sep = reading.sep or _separator(lines[count : count + 50], least, path)

    def width(line: str) -> int:
        return len(line.split()) if sep == " " else line.count(sep) + 1

    for place in range(count):
        line = lines[place].lstrip()
        bare = line.lstrip("#%/! ")
        names = [cell.strip() for cell in (bare.split() if sep == " " else bare.split(sep))]
        row = width(line) == width(first) and not re.match(r"(#|%|//|!)[#%\s]", line)
        if row or (width(bare) == width(first) and known(names) is not None):
            return place, reading
    return count + _titles(lines[count:], reading), reading


def _titles(lines: Sequence[str], reading: Reading) -> int:
    """How many lines stand above a header that is known and have not the cells of a row."""
    for mark in (reading.sep,) if reading.sep else _MARKS:
        rows = [[cell.strip().strip('"') for cell in line.split(mark)] for line in lines[:_TITLES]]
        place = next((i for i, cells in enumerate(rows) if known(cells) is not None), 0)
        if place and all(sum(bool(cell) for cell in cells) < 3 for cells in rows[:place]):
            return place
    return 0


def dialect_of(head: Sequence[str], reading: Reading, path: Path, *, least: int = 3, quotes: bool = False) -> Dialect:
    """The dialect of a table.

    A tab separates where it stands, since names seldom hold one; then comma, semicolon and bar where every line has
    enough of them; then blanks. Double quotes enclose cells in files of commas, semicolons and bars that have any, in
    files of tabs where they enclose a header that is known, and in files of blanks where they make the rows equally wide.

    Args:
        head: the first lines that are not blank.
        reading: what the user said.
        path: the file, for messages.
        least: columns that the table has at least.
        quotes: whether there is a double quote anywhere in the file.

    Raises:
        DataError: two marks that may separate; a column of a table of tabs in double quotes, which are data there.
    """
    sep = reading.sep or _separator(head, least, path)
    if reading.quotes is None and (quote := enclosing(head, sep, least, path)):
        return Dialect(sep, True, quote=quote)
    if reading.quotes is not None:
        return Dialect(sep, reading.quotes)
    if sep == " ":
        rows: list[list[str]] = [[]]
        if any('"' in line for line in head):
            with suppress(csv.Error):  # a line end in an open quote, say
                rows = [*Dialect(" ", True).reader(head)]
        return Dialect(" ", len(rows[0]) >= least and len({len(row) for row in rows}) == 1)
    if sep == "\t":
        return Dialect(sep, _encloses_between_tabs(head, path))
    return Dialect(sep, quotes)


def _encloses_between_tabs(head: Sequence[str], path: Path) -> bool:
    """Whether double quotes only enclose the cells of a table of tabs.

    Raises:
        DataError: they may be part of the names as well.
    """
    rows = [line.split("\t") for line in head]
    if rows and all(map(_enclosed, rows[0])) and known([cell[1:-1] for cell in rows[0]]) is not None:
        return True
    columns = list(zip(*rows, strict=False)) if len(rows) > 1 else []
    some = any(all(map(_enclosed, column)) for column in columns)
    doubled = next((cell for row in rows for cell in row if _DOUBLED.fullmatch(cell)), None)
    if some or doubled:
        every = all(_enclosed(cell) for row in rows for cell in row)
        hint = "Say --quotes if they only enclose the names, --no-quotes if they are part of them."
        found = "double quotes around every cell" if every else "double quotes around every cell of a column"
        if not some:
            found = f"a cell in quotes that are doubled within, {doubled}"
        raise DataError(found, expected="plain names between tabs", hint=hint, path=path)
    return False


def _enclosed(cell: str) -> bool:
    return len(cell) > 1 and cell[0] == cell[-1] == '"'


def _separator(head: Sequence[str], least: int, path: Path) -> str:
    """What separates the cells.

    Raises:
        DataError: commas and semicolons, say, are equally likely.
    """
    if not head:
        return "\t"
    first = head[0]
    fits = [
        mark
        for mark in _MARKS
        if all(line.count(mark) >= least - 1 for line in head) and _count(first, mark) >= least - 1
    ]
    if "||" in fits and any(line.count("|") != 2 * line.count("||") for line in head):  # empty cells between bars
        fits.remove("||")
    if len(fits) > 1 and fits[0] not in ("\t", "\x01", "||"):
        fits = _likely(head, fits)
        if len(fits) > 1 and least > 2:
            some = " and ".join(separator_name(mark) for mark in fits)
            hint = f"Say which separates: --sep {separator_name(fits[0])} or --sep {separator_name(fits[1])}."
            raise DataError(f"lines that both {some} cut into columns ({first[:60]})", expected="one separator", hint=hint,
                            path=path, line=1)  # fmt: skip
    if fits:
        return fits[0]
    # Two colons stand within names as well (Gene::1): here no blank separates them.
    if all(line.count("::") >= least - 1 for line in head) and (
        not any(" " in line for line in head) or known([cell.strip() for cell in first.split("::")]) is not None
    ):
        return "::"
    aligned = [re.split(" {2,}", line.strip(" ")) for line in head]
    if (
        len({*map(len, aligned)}) == 1
        and len(aligned[0]) >= least
        and any(" " in cell for row in aligned for cell in row)
    ):
        return BLANKS
    # Where the table is broken below, its first line still says what it was meant to be.
    found = next((mark for mark in _MARKS if first.count(mark) >= least - 1), None)
    return found or ("\t" if "\t" in first else " ")


def _likely(head: Sequence[str], marks: Sequence[str]) -> list[str]:
    """Of several marks those that cut a header that is known, else those that all lines have equally often."""
    named = [mark for mark in marks if known([cell.strip().strip('"') for cell in head[0].split(mark)]) is not None]
    steady = [mark for mark in marks if len({_count(line, mark) for line in head}) == 1]
    return named or steady or [marks[0]]


def _count(line: str, mark: str) -> int:
    """Separators of a line outside double quotes."""
    return (
        sum(part.count(mark) for part in line.split('"')[::2])
        if mark != "\t" and line.count('"') % 2 == 0
        else line.count(mark)
    )
