"""One file of statements: tab, comma or blank separated text, or N-Triples, plain or gzip.

Everything is read at once and split by string methods, which reads millions of triples in seconds; each row remembers its
line, so that whatever is wrong with it later can be said with file and line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas

from graphfm.datasets.triples.ntriples import Literals, parse_ntriples
from graphfm.errors import DataError
from graphfm.files import read_text

_COLUMNS = {
    **dict.fromkeys(("head", "subject", "source", "from"), 0),
    **dict.fromkeys(("relation", "predicate", "rel"), 1),
    **dict.fromkeys(("tail", "object", "target", "to"), 2),
}


class Statements(NamedTuple):
    """The rows of one file: n statements with q qualifiers, as positions in the names that occur in it.

    Shapes: ``triples`` (n, 3); ``qualifiers`` (q, 2) qualifier relation and value; ``counts`` (n,) qualifiers of each
    statement; ``lines`` (n,) the line of each, from 1. ``dropped``: statements left out because their tail is a literal.
    """

    path: Path
    entities: list[str]
    relations: list[str]
    triples: np.ndarray
    qualifiers: np.ndarray
    counts: np.ndarray
    lines: np.ndarray
    dropped: int = 0

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """The names of each triple."""
        return [(self.entities[h], self.relations[r], self.entities[t]) for h, r, t in self.triples.tolist()]


def read_statements(path: Path, *, literals: Literals = "refuse") -> Statements:
    """Read one file of statements: head, relation, tail, then pairs of qualifier relation and value.

    The separator is a tab where the first line has one, else a comma, a semicolon, blanks; a first line such as
    ``head,tail,relation`` is taken as a header and orders the columns.

    Args:
        path: ``.nt`` is N-Triples, ``*2id.txt`` ids after a line with their number (OpenKE), anything else a table;
            each may end in ``.gz``.
        literals: what to do with N-Triples whose object is a literal: refuse them, keep them as entities (written as in
            the file, in quotes), or drop and count them.

    Raises:
        DataError: on a wrong number of columns, an empty cell, no statements, or bytes that are not UTF-8.
    """
    text, kind = read_text(path, allow_empty=True), path.name.removesuffix(".gz")
    if kind.endswith(".nt"):
        rows, numbers, dropped = parse_ntriples(text, literals=literals, path=path)
        names = np.array(list(chain.from_iterable(rows)), dtype=object).reshape(-1, 3)
        none, lines = np.empty((0, 2), dtype=object), np.array(numbers, dtype=np.int64)
        statements = _statements(path, names, none, np.zeros_like(lines), lines, dropped=dropped)
    elif kind.endswith("2id.txt"):
        statements = _openke(text, path)
    else:
        statements = _table(*_rows(text, path), path)
    if not len(statements.triples):
        raise DataError(
            "no statements", expected="at least one", hint="Remove the file if there is no such split.", path=path
        )
    return statements


def is_header(cells: Sequence[str]) -> bool:
    """Whether the three cells of a first line name the columns head, relation, tail in some order."""
    return sorted(_COLUMNS.get(cell.casefold(), -1) for cell in cells) == [0, 1, 2]


def _rows(text: str, path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All cells in reading order, the number of cells of each row, the line of each row; blank lines left out."""
    first = text.lstrip("\n").split("\n", 1)[0]
    separator = next((mark for mark in "\t,;" if first.count(mark) > 1), "\t" if "\t" in first else " ")
    if separator in ",;" and '"' in text and path.name.removesuffix(".gz").endswith(".csv"):
        return _quoted_rows(text, separator, path)
    if separator == " ":
        text = re.sub(r" *\n *", "\n", re.sub(" +", " ", text)).strip(" ")
    rows = text.rstrip("\n").split("\n")
    widths = np.fromiter((row.count(separator) for row in rows), np.int64, len(rows)) + 1
    lines = np.arange(1, len(rows) + 1)
    blank = {i for i in np.flatnonzero(widths != 3).tolist() if not rows[i].strip()}
    if blank:
        rows = [row for i, row in enumerate(rows) if i not in blank]
        widths, lines = np.delete(widths, list(blank)), np.delete(lines, list(blank))
    cells = separator.join(rows).split(separator) if rows else []
    if " " in text and (any(pair in text for pair in (f" {separator}", f"{separator} ", " \n")) or text.endswith(" ")):
        cells = [cell.strip(" ") for cell in cells]
    return np.array(cells, dtype=object), widths, lines


def _quoted_rows(text: str, separator: str, path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows, lines = [], []
    reader = csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True, strict=True)
    try:
        for row in reader:
            if any(row):
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise DataError(str(error), expected="well-quoted CSV", path=path, line=reader.line_num) from error
    widths = np.fromiter(map(len, rows), np.int64, len(rows))
    return np.array(list(chain.from_iterable(rows)), dtype=object), widths, np.array(lines, dtype=np.int64)


def _table(
    cells: np.ndarray, widths: np.ndarray, lines: np.ndarray, path: Path, *, order: Sequence[int] = (0, 1, 2)
) -> Statements:
    if len(widths) and widths[0] == 3 and is_header(cells[:3].tolist()):
        named = [_COLUMNS[cell.casefold()] for cell in cells[:3]]
        order = [named.index(column) for column in order]
        cells, widths, lines = cells[3:], widths[1:], lines[1:]
    wrong = np.flatnonzero((widths < 3) | (widths % 2 == 0))
    if len(wrong):
        count = int(widths[wrong[0]])
        raise DataError(
            f"{count} column{'' if count == 1 else 's'}",
            expected="3 (head, relation, tail), or more by pairs of qualifier relation and value",
            path=path,
            line=int(lines[wrong[0]]),
        )
    starts = np.cumsum(widths) - widths
    empty = np.flatnonzero(cells == "")
    if len(empty):
        row = int(np.searchsorted(starts, empty[0], side="right")) - 1
        raise DataError("an empty cell", expected="a name in each column", path=path, line=int(lines[row]))
    if len(cells) == 3 * len(widths):
        triples, rest = cells.reshape(-1, 3), cells[:0]
    else:
        triples = cells[starts[:, None] + np.arange(3)]
        is_qualifier = np.ones(len(cells), dtype=bool)
        is_qualifier[starts[:, None] + np.arange(3)] = False
        rest = cells[is_qualifier]
    return _statements(path, triples[:, order], rest.reshape(-1, 2), (widths - 3) // 2, lines)


def _statements(
    path: Path, triples: np.ndarray, qualifiers: np.ndarray, counts: np.ndarray, lines: np.ndarray, *, dropped: int = 0
) -> Statements:
    """Names replaced by their positions: (n, 3) and (q, 2) strings to integers."""
    n = len(triples)
    ends, entities = pandas.factorize(np.concatenate([triples[:, 0], triples[:, 2], qualifiers[:, 1]]))
    kinds, relations = pandas.factorize(np.concatenate([triples[:, 1], qualifiers[:, 0]]))
    return Statements(
        path,
        entities.tolist(),
        relations.tolist(),
        np.stack([ends[:n], kinds[:n], ends[n : 2 * n]], axis=1),
        np.stack([kinds[n:], ends[2 * n :]], axis=1),
        counts,
        lines,
        dropped,
    )


def _openke(text: str, path: Path) -> Statements:
    """OpenKE's id files: a line with the number of triples, then head, tail, relation."""
    first, _, rest = text.partition("\n")
    if not first.strip().isdecimal():
        raise DataError(repr(first[:40]), expected="the number of triples", path=path, line=1)
    cells, widths, lines = _rows(rest, path)
    statements = _table(cells, widths, lines + 1, path, order=(0, 2, 1))
    found = len(statements.triples)
    if found != int(first):
        raise DataError(f"{found} triples", expected=f"{int(first)}, as the first line says", path=path)
    return statements
