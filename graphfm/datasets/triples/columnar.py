"""Triples from a frame by the names of its columns: of pandas, polars or pyarrow, or a Parquet, Feather or Arrow file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from graphfm.datasets.tables.conventions import LABELS, MARKS, ROLES
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.triple_columns import named_columns
from graphfm.datasets.triples.marks import with_marks
from graphfm.datasets.triples.statement_rows import Statements, by_number, plain_name, with_plain_names
from graphfm.errors import DataError

if TYPE_CHECKING:
    import pandas


def from_columns(
    frame: pandas.DataFrame, reading: Reading, path: Path, *, lines: np.ndarray | None = None
) -> Statements:
    """The statements of a frame with a header that is known, or whose columns the user named.

    Args:
        lines: of the rows in their file, (n,); their numbers by default.

    Raises:
        DataError: a header that is not known, an empty cell, numbers that are not whole.
    """
    layout = named_columns([str(column) for column in frame.columns], reading, path)
    lines = np.arange(1, len(frame) + 1, dtype=np.int32) if lines is None else lines
    columns = {role: _names(frame.iloc[:, place], role, path, lines) for role, place in layout.places.items()}
    triples = np.stack([columns[role] for role in ROLES], axis=1)
    first = (str(triples[0, 0]), str(triples[0, 1]), str(triples[0, 2])) if len(triples) else None
    found = with_plain_names(by_number(path, triples, lines))
    labels: dict[str, dict[str, str]] = {"entity": {}, "relation": {}}
    for role in [role for role in layout.places if role in LABELS]:
        end = role.removesuffix("_label")
        known = labels["relation" if end == "relation" else "entity"]
        for name, label in zip(columns[end].tolist(), columns[role].tolist(), strict=True):
            if label:
                known.setdefault(plain_name(name), label)
    found = found._replace(layout=replace(layout, first=first), labels=labels)
    return with_marks(found, {role: columns[role] for role in columns if role in MARKS}, reading.columns)


def _plain_number(value: float) -> float | int:
    return int(value) if value.is_integer() else value


def _names(column: pandas.Series, role: str, path: Path, lines: np.ndarray) -> np.ndarray:
    """The cells as strings; whole numbers held as floats are whole again, so that 1 and 1.0 are one name."""
    lacking = column.isna().to_numpy()
    if lacking.any() and role in ROLES:
        rows, line = int(lacking.sum()), int(lines[lacking.argmax()])
        found = f"nothing in the column {column.name!r}" + (f" of this and {rows - 1:,} more rows" if rows > 1 else "")
        hint = "Remove these rows, or fill in the name."
        raise DataError(found, expected="a name in each cell", hint=hint, path=path, line=line)
    values = column.tolist()
    for line, value in zip(lines.tolist(), values, strict=True):
        if isinstance(value, (list, dict, np.ndarray)):
            kind = "dictionary" if isinstance(value, dict) else "list"
            hint = (
                "Write a row for each of its names, as pandas' explode does."
                if kind == "list"
                else "Write its id alone."
            )
            found = f"a {kind} in the column {column.name!r}"
            raise DataError(found, expected="a name in each cell", hint=hint, path=path, line=line)
        if isinstance(value, bytes):
            found, hint = f"bytes in the column {column.name!r}", "Decode them: column.str.decode('utf-8')."
            raise DataError(found, expected="a name in each cell", hint=hint, path=path, line=line)
    values = [_plain_number(value) if isinstance(value, float) else value for value in values]
    names = np.array(
        ["" if gone else str(value).strip(" ") for value, gone in zip(values, lacking.tolist(), strict=True)],
        dtype=object,
    )
    if role in ROLES and len(empty := np.flatnonzero(names == "")):
        found = f"an empty cell in the column {column.name!r}"
        raise DataError(found, expected="a name", path=path, line=int(lines[empty[0]]))
    return names
