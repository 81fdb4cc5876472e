"""The first rows of a table, and whether the first of them names the columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

from graphfm.datasets.tables import conventions
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.dialect import Dialect, dialect_of, preamble
from graphfm.datasets.tables.lookalikes import refuse_lookalikes
from graphfm.datasets.tables.shapes import closing_separators, named_above
from graphfm.datasets.tables.unpacking import blocks
from graphfm.errors import DataError

_SIZE = 1 << 17  # bytes looked at
_HEAD = 50  # lines by which the separator is found
_LONG = 2_000  # rows by which the header is judged


class Sample(NamedTuple):
    """The first rows, cut into cells."""

    dialect: Dialect
    rows: list[list[str]]


def sample(path: Path, reading: Reading, *, least: int = 3) -> Sample:
    """The first rows of a table and its dialect.

    Raises:
        DataError: an unreadable file, or one without a line.
    """
    text = b"".join(islice(blocks(path, encoding=reading.encoding, size=_SIZE), 2)).decode()
    lines = [line for line in text.split("\n") if line.strip()]
    known_to_be_one = reading.comments is False or reading.header is False or reading.columns
    if not known_to_be_one:
        refuse_lookalikes(lines, path)
    before, reading = preamble(lines, reading, path, least=least)
    above, lines = lines[:before], lines[before:]
    if before and not known_to_be_one:
        refuse_lookalikes(lines, path)
    dialect = dialect_of(_whole_rows(lines[:_HEAD]), reading, path, least=least, quotes='"' in text)._replace(
        before=before
    )
    if not dialect.quoted:
        return _shaped(dialect, _without_mark([dialect.cut(line) for line in lines[:_LONG]]), above, reading, least)
    if '\\"' in text and _escapes(text, dialect):
        dialect = dialect._replace(escaped=True)
    reader = dialect.reader(f"{line}\n" for line in dialect.kept(text.split("\n")))
    rows = ([cell.strip(" ") for cell in row] for row in reader if any(cell.strip() for cell in row))
    try:
        return _shaped(dialect, _without_mark(list(islice(rows, _LONG))), above, reading, least)
    except csv.Error as error:  # a cut in the middle of a quoted cell is met here; the full reading names the line
        raise DataError(
            f"broken quotes ({error})", expected="well-quoted CSV", path=path, line=reader.line_num
        ) from error


def _shaped(dialect: Dialect, rows: list[list[str]], above: list[str], reading: Reading, least: int) -> Sample:
    """The rows without the separators that close them, and with the header that stands among the comments above."""
    if not reading.columns and (closing := closing_separators(rows, least)):
        width = len(rows[-1]) - closing
        rows, dialect = [row if any(row[width:]) else row[:width] for row in rows], dialect._replace(closing=closing)
    if rows and reading.header is not False and (names := named_above(above, rows, dialect.sep, dialect.cut)):
        rows, dialect = [names, *rows], dialect._replace(above=True)
    return Sample(dialect, rows)


def _whole_rows(lines: Sequence[str]) -> list[str]:
    """Lines put together where the first ends within quotes: the cell goes on in the next, as in a header of two lines."""
    count = next((i for i in range(1, min(len(lines), 4)) if "".join(lines[:i]).count('"') % 2 == 0), 1)
    return ["\n".join(lines[:count]), *lines[count:]] if count > 1 and '"' in lines[0] else [*lines]


def _escapes(text: str, dialect: Dialect) -> bool:
    """Whether quotes within quotes are written as ``\\"``, as Spark and MySQL do: read as CSV, the text breaks."""
    for one in (dialect, dialect._replace(escaped=True)):
        try:
            for _ in one.reader((f"{line}\n" for line in one.kept(text.split("\n"))), strict=True):
                pass
        except csv.Error as error:
            if "unexpected end" in str(error):  # the text is the beginning of the file
                return one.escaped
            continue
        return one.escaped
    return False


def _without_mark(rows: list[list[str]]) -> list[list[str]]:
    """The rows, a header that begins with ``#`` without it."""
    if rows and rows[0] and rows[0][0].startswith("#"):
        bare = [rows[0][0].lstrip("# "), *rows[0][1:]]
        if conventions.known(bare) is not None:
            return [bare, *rows[1:]]
    return rows


def is_header(
    rows: Sequence[Sequence[str]], places: tuple[int, int, int] | None = None
) -> Literal["yes", "no", "unsure"]:
    """Whether the first row of a table of triples names its columns, judged by what comes after it.

    The names of a graph come again: a first row whose relation is met again below, or whose ends are, is a triple; so is
    one whose names look like those below but for their digits. A row that the others know nothing of is a header, where
    its names are those of a convention; otherwise it is one perhaps.

    Args:
        places: of head, relation and tail, where the user gave them.

    >>> is_header([["head", "relation", "tail"], ["ann", "likes", "bob"]])
    'yes'
    >>> is_header([["ann", "likes", "bob"], ["bob", "likes", "eve"]])
    'no'
    >>> is_header([["drug", "effect", "disease"], ["a", "treats", "b"], ["c", "treats", "b"]])
    'unsure'
    """
    first = list(rows[0])
    others = [row for row in rows[1:] if list(row) != first and len(row) == len(first)]
    known = conventions.known(first)
    if places is not None:
        head, relation, tail = places
    elif known is not None:
        head, relation, tail = (known.places[role] for role in conventions.ROLES)
    elif len(first) == 3:
        head, relation, tail = 0, 1, 2
    else:
        return "unsure"
    relations = {row[relation] for row in others}
    ends = {row[place] for row in others for place in (head, tail)}
    met = (first[relation] in relations) + any(first[place] in ends for place in (head, tail))
    if known is not None:
        return "unsure" if met == 2 else "yes"
    words = sum(conventions.is_word(cell) for cell in first)
    if first[relation] in relations or (met and words < 2):
        return "no"
    if any(_alike(first[place], [row[place] for row in others]) for place in (head, relation, tail)):
        return "no"
    # Nothing of the first row is met again. In two rows that means little, unless its names are words of headers.
    small = len(others) < 2
    return "no" if not others or (small and words < 2) else "unsure"


def _alike(cell: str, others: Sequence[str]) -> bool:
    """Whether a cell is like one of the others but for its digits, or is an identifier of the same space of names."""
    shape = re.sub(r"\d+", "0", cell)
    if shape != cell and any(re.sub(r"\d+", "0", other) == shape for other in others):
        return True
    space = re.match(r".*(?:[/#]|(?<=\w):)", cell)
    return space is not None and len(space[0]) > 1 and any(other.startswith(space[0]) for other in others)
