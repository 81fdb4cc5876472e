"""The cells of a table, column by column, in blocks of rows that each remember their line.

A block of plain text is measured first: the separators of each line are counted over the bytes, so that every line that is
too short or too long is met with its number, whatever the parser would make of it. Then pandas cuts it. Where double
quotes enclose cells, Python's csv module reads row by row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas

from graphfm.datasets.tables.dialect import Dialect
from graphfm.datasets.tables.unpacking import blocks, lines
from graphfm.errors import DataError

_ROWS = 100_000  # rows of quoted text at once
csv.field_size_limit(2**31 - 1)  # the module's own limit refuses texts above 131,072 characters


#: Blanks that do not show, or look like others: no-break and narrow ones, those of no width, marks of direction.
_UNSEEN = " \u00a0\u00ad\u200b\u200e\u200f\u202f\u2060\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))


def bare(cell: str) -> str:
    """A cell without blanks around it that do not show, unless it has nothing else.

    >>> bare("Berlin\u00a0"), bare("\u200bBonn")
    ('Berlin', 'Bonn')
    """
    return cell.strip(_UNSEEN) or cell


class Block(NamedTuple):
    """Some rows: a pandas series of strings for each column asked for, and the line of each row, from 1."""

    columns: list[pandas.Series]
    lines: np.ndarray
    padded: bool  # whether some cell may have blanks around it


class QuotesMetError(Exception):
    """There are double quotes in a table that was read as if there were none."""


def read_blocks(
    path: Path,
    dialect: Dialect,
    wanted: Sequence[int],
    *,
    width: int,
    skip: int = 0,
    encoding: str | None = None,
    progress: bool = False,
) -> Iterator[Block]:
    """The columns `wanted` of a table whose rows all have `width` cells.

    Args:
        skip: rows at the beginning that are no data.
        progress: draw a progress bar, on a terminal, where the file is large.

    Raises:
        DataError: the first row of another width, with its line; broken quotes.
        QuotesMetError: the dialect knows no quotes, but could have some, and there are.
    """
    if dialect.quoted or len(dialect.sep.encode()) > 1 or width < 2:
        yield from _quoted(path, dialect, wanted, width=width, skip=skip, encoding=encoding)
        return
    line = 1
    sep = dialect.sep.encode()
    before = dialect.before
    for block in blocks(path, encoding=encoding, progress=progress):
        text, before = _blanked(block, before), 0
        if b'"' in text and dialect.sep not in "\t ":
            raise QuotesMetError
        number = text.count(b"\n") + (not text.endswith(b"\n"))
        text = _without_empty_rows(text, (width - 1) * sep)
        if dialect.closing:
            text = re.sub(rb"(?m)(?:" + re.escape(sep) + rb" *){" + b"%d" % dialect.closing + rb"}$", b"", text)
        where, rest = _measure(_single_blanks(text) if sep == b" " else text, sep, width, path, line)
        line += number
        if skip:
            gone = min(skip, len(where))
            where, rest, skip = where[gone:], rest.split(b"\n", gone)[gone] if gone else rest, skip - gone
        if len(where):
            padded = b" " in rest and any(pair in rest for pair in (b" " + sep, sep + b" ", b" \n", b"\n "))
            yield Block(_cut(rest, dialect.sep, wanted, width), where, padded or rest[:1] == b" ")


def _blanked(block: bytes, count: int) -> bytes:
    """A block whose first `count` lines that are not blank are made so: the others keep their numbers."""
    start = 0
    while count:
        end = block.find(b"\n", start)
        end = len(block) if end < 0 else end
        if block[start:end].strip():
            block, end, count = block[:start] + block[end:], start, count - 1
        start = end + 1
    return block


def _without_empty_rows(block: bytes, empty: bytes) -> bytes:
    """A block whose rows of separators alone, as spreadsheets leave them, are blank lines."""
    if empty[:1] == b" " or (b"\n" + empty not in block and not block.startswith(empty)):
        return block
    return re.sub(rb"(?m)^" + re.escape(empty) + rb"[ " + re.escape(empty[:1]) + rb"]*$", b"", block)


def _single_blanks(block: bytes) -> bytes:
    return re.sub(rb" *\n *", b"\n", re.sub(rb" +", b" ", block)).strip(b" ")


def _measure(block: bytes, sep: bytes, width: int, path: Path, line: int) -> tuple[np.ndarray, bytes]:
    """The lines of the rows of a block and the block without blank lines, after counting the cells of each row."""
    if not block.endswith(b"\n"):
        block += b"\n"
    content = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero(content == 10)
    marks = np.searchsorted(np.flatnonzero(content == sep[0]), ends)
    widths = np.diff(marks, prepend=0) + 1
    where = np.arange(line, line + len(ends), dtype=np.int32)
    odd = np.flatnonzero(widths != width)
    if not len(odd):
        return where, block
    starts = np.concatenate([[0], ends[:-1] + 1])
    blank = [i for i in odd.tolist() if not block[starts[i] : ends[i]].strip()]
    wrong = next((i for i in odd.tolist() if i not in set(blank)), None)
    if wrong is not None:
        count = int(widths[wrong])
        text = block[starts[wrong] : ends[wrong]].decode(errors="replace")
        raise wrong_width(count, width, text, path, int(where[wrong]))
    keep = np.ones(len(ends), dtype=bool)
    keep[blank] = False
    rows = block.split(b"\n")[:-1]
    return where[keep], b"".join(row + b"\n" for row, stays in zip(rows, keep.tolist(), strict=True) if stays)


def wrong_width(count: int, width: int, text: str, path: Path, line: int) -> DataError:
    """The error of a row that has another number of cells than the table."""
    found = f"{count} column{'' if count == 1 else 's'} ({text[:60]})"
    hint = "The separator may be another one: --sep." if count == 1 else ""
    if count == width + 1 and not text[-1:].strip(",;|\t"):
        hint = "The row ends with a separator: take it away, or add one to the first line."
    elif count == width + 1 and text.strip('"')[:1].isdecimal():
        hint = "Where the first column numbers the rows, as R writes it, name it in the first line, or write row.names=FALSE."
    if text.lstrip().startswith(("#", "%", "//")):
        hint = "Remove it if it is a comment: those at the top of a file alone are left out."
    return DataError(found, expected=f"{width}, as in the lines before", hint=hint, path=path, line=line)


def _cut(block: bytes, sep: str, wanted: Sequence[int], width: int) -> list[pandas.Series]:
    # With a header of our own, pandas sees no mark of byte order in the first cell, and no header in the first row.
    text = (sep.join(map(str, range(width))) + "\n").encode() + block
    plain: dict[str, Any] = {"sep": sep, "quoting": csv.QUOTE_NONE, "na_filter": False, "low_memory": False}
    # Strings are read many times faster when pandas finds out that they are some than when it is told so.
    frame = pandas.read_csv(io.BytesIO(text), usecols=sorted({*wanted}), **plain)
    changed = [name for name in frame.columns if not _holds_text(frame[name])]
    if changed:  # numbers and truth values: read again as they are spelled
        again = pandas.read_csv(io.BytesIO(text), usecols=[int(name) for name in changed], dtype=object, **plain)
        frame = frame.assign(**{name: again[name] for name in changed})
    return [frame[str(place)] for place in wanted]


def _holds_text(column: pandas.Series) -> bool:
    """Whether all cells are strings; numbers of 20 digits and more are Python's own, among objects."""
    if column.dtype == object:
        return bool(pandas.api.types.infer_dtype(column, skipna=False) == "string")
    return isinstance(column.dtype, pandas.StringDtype)


def _quoted(
    path: Path, dialect: Dialect, wanted: Sequence[int], *, width: int, skip: int, encoding: str | None
) -> Iterator[Block]:
    rows = csv_rows(path, dialect, encoding=encoding)
    for line, row in islice(rows, skip):
        _check_width(row, width, dialect, path, line)
    while some := list(islice(rows, _ROWS)):
        for line, row in some:
            _check_width(row, width, dialect, path, line)
        columns = [pandas.Series([row[place] for _, row in some], dtype=object) for place in wanted]
        yield Block(columns, np.array([line for line, _ in some], dtype=np.int32), True)


def _check_width(row: list[str], width: int, dialect: Dialect, path: Path, line: int) -> None:
    closed = len(row) == width + dialect.closing and not any(row[width:])
    if len(row) != width and not closed:
        raise wrong_width(len(row), width, dialect.sep.join(row), path, line)


def csv_rows(path: Path, dialect: Dialect, *, encoding: str | None = None) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table with quotes that are not blank, each with the line it ends on.

    Raises:
        DataError: quotes that do not close, or text after them.
    """
    reader = dialect.reader((f"{line}\n" for line in dialect.kept(lines(path, encoding=encoding))), strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        hint = (
            'Say --no-quotes if the quotes are part of the names; within quotes, CSV doubles one (""), and no blank stands '
            "between a quote and what separates."
        )
        raise DataError(
            f"broken quotes ({error})", expected="well-quoted CSV", hint=hint, path=path, line=reader.line_num
        ) from error


@contextmanager
def lean_memory() -> Iterator[None]:
    """While it lasts, strings of Arrow come from the system's memory, to which a block's go back when it is done with.

    Arrow's own pool keeps them for later: a tenth to a fifth more at the peak of a long table, and no faster.
    """
    try:
        import pyarrow
    except ImportError:  # pandas has strings of its own then
        yield
        return
    usual = pyarrow.default_memory_pool()
    pyarrow.set_memory_pool(pyarrow.system_memory_pool())
    try:
        yield
    finally:
        pyarrow.set_memory_pool(usual)


#: Share of a block's cells that are distinct names from which on they are kept as they are, and numbered once at the end.
_MANY = 0.25


class Coder:
    """Names by number: blocks of names go in, their positions in the list of all distinct names come out.

    Names are numbered block by block, which takes little memory. Where most of a block's are new, that saves none and costs as
    much as numbering all of them at the end, so this is left out for strings of Arrow, which are as short as in the file.
    """

    def __init__(self) -> None:
        self._codes: list[np.ndarray | None] = []  # (columns, rows) positions in the block's names; None: one a cell
        self._names: list[pandas.Series] = []
        self._many = False

    def add(self, columns: Sequence[pandas.Series], *, padded: bool) -> None:
        """One block: columns of equal length, whose names are of one kind."""
        column = columns[0] if len(columns) == 1 else pandas.concat(columns, ignore_index=True)
        if self._many and not padded and _is_arrow(column):
            self._codes.append(None)
            self._names.append(column)
            return
        codes, names = pandas.factorize(column)
        self._many = len(names) > _MANY * len(column)
        found = pandas.Series(names)
        if padded:
            found = pandas.Series([name.strip(" ") for name in found.tolist()], dtype=object)
        self._codes.append(codes.astype(np.int32).reshape(len(columns), -1))
        self._names.append(found)

    def result(self, columns: int) -> tuple[list[str], np.ndarray]:
        """The names in the order of their first appearance, and the positions (n, columns) of all cells."""
        if not self._codes:
            return [], np.empty((0, columns), dtype=np.int32)
        sizes = [len(some) for some in self._names]
        every, self._names = pandas.concat(self._names, ignore_index=True), []
        place, names = pandas.factorize(every)
        del every
        place = place.astype(np.int32)
        rows = [
            size // columns if codes is None else codes.shape[1] for codes, size in zip(self._codes, sizes, strict=True)
        ]
        positions = np.empty((sum(rows), columns), dtype=np.int32)
        row = start = 0
        for codes, size, count in zip(self._codes, sizes, rows, strict=True):
            own = place[start : start + size]
            positions[row : row + count] = own.reshape(columns, -1).T if codes is None else own[codes].T
            row, start = row + count, start + size
        self._codes = []
        return names.tolist(), positions


def _is_arrow(column: pandas.Series) -> bool:
    return isinstance(column.dtype, pandas.StringDtype) and column.dtype.storage == "pyarrow"
