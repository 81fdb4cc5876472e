"""Comma-separated files with a header, read row by row with the line each row stands on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from graphfm.datasets.text_graphs.records import ENDS, EdgeTable
from graphfm.errors import DataError
from graphfm.files import read_text

NumberedRow = tuple[int, list[str]]


def read_rows(path: Path) -> tuple[list[str], Iterator[NumberedRow]]:
    """The header of a CSV file and its (line, row) pairs.

    Raises:
        DataError: a row not as wide as the header, or quotes that do not close; rows are checked as they are taken.
    """
    rows = _rows(path)
    _, header = next(rows)
    return [column.strip() for column in header], rows


def _rows(path: Path) -> Iterator[NumberedRow]:
    csv.field_size_limit(2**31 - 1)  # the module's own limit refuses texts above 131,072 characters
    reader = csv.reader(io.StringIO(read_text(path, keep_crlf=True), newline=""), strict=True)
    line, header = 0, None
    try:
        for row in reader:
            line = reader.line_num
            if not row:
                continue
            header = header or row
            if len(row) != len(header):
                found = f"{len(row)} columns ({','.join(row)[:60]})"
                raise DataError(
                    found, expected=f"{len(header)}, as in the header {','.join(header)}", path=path, line=line
                )
            yield line, row
    except csv.Error as error:
        found = f"broken CSV ({error})"
        raise DataError(found, expected="comma-separated values", path=path, line=line + 1) from error


def read_edges(
    path: Path,
) -> tuple[EdgeTable, list[str]]:
    """Edges of a CSV file with the header ``src,dst``, or ``source,target`` and the like, where there are ``type``, ``weight``
    and ``text`` also with these, and remarks on columns that are not used.
    """
    header, rows = read_rows(path)
    usual = {"type": "kinds", "weight": "weights", "text": "texts"}
    further = [name for name in usual if name in header]
    src, dst = next((pair for pair in ENDS if {*pair} <= {*header}), ENDS[0])
    columns = _columns(header, path, source=src, destination=dst, **{name: name for name in further})
    table, lines = _take(rows, header, columns)
    remarks = [f"column {column!r} of {path.name} is not used" for column in header if column not in columns]
    more = {usual[name]: values for name, values in zip(further, table[2:], strict=True)}
    return EdgeTable(table[0], table[1], path=path, lines=lines, **more), remarks


def _columns(header: list[str], path: Path, **wanted: str) -> list[str]:
    for role, column in wanted.items():
        if header.count(column) != 1:
            raise DataError(
                f"the header {','.join(header)!r}",
                expected=f"one column {column!r} with the {role}",
                path=path,
                line=1,
                hint="The first line names the columns, separated by commas.",
            )
    return list(wanted.values())


def _take(
    rows: Iterator[tuple[int, list[str]]], header: list[str], columns: list[str]
) -> tuple[list[list[str]], list[int]]:
    """The wanted columns and the line of each row."""
    lines: list[int] = []
    table: list[list[str]] = [[] for _ in columns]
    places = [(column.append, header.index(name)) for column, name in zip(table, columns, strict=True)]
    for line, row in rows:
        lines.append(line)
        for append, place in places:
            append(row[place])
    return table, lines
