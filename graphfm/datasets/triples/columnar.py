"""Triples from a frame by the names of its columns: of pandas, polars or pyarrow, or a Parquet, Feather or Arrow file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from graphfm.datasets.tables.conventions import ROLES
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.triple_columns import named_columns
from graphfm.datasets.triples.statement_rows import Statements, by_number
from graphfm.errors import DataError

if TYPE_CHECKING:
    import pandas


def from_columns(frame: pandas.DataFrame, reading: Reading, path: Path) -> Statements:
    """The statements of a frame with a header that is known, or whose columns the user named.

    Raises:
        DataError: a header that is not known, an empty cell, numbers that are not whole.
    """
    layout = named_columns([str(column) for column in frame.columns], reading, path)
    columns = {role: _names(frame.iloc[:, place], role, path) for role, place in layout.places.items()}
    triples = np.stack([columns[role] for role in ROLES], axis=1)
    first = (str(triples[0, 0]), str(triples[0, 1]), str(triples[0, 2])) if len(triples) else None
    found = by_number(path, triples, np.arange(1, len(triples) + 1, dtype=np.int32))
    labels: dict[str, dict[str, str]] = {"entity": {}, "relation": {}}
    for role in [role for role in layout.places if role not in ROLES]:
        end = role.removesuffix("_label")
        known = labels["relation" if end == "relation" else "entity"]
        for name, label in zip(columns[end].tolist(), columns[role].tolist(), strict=True):
            if label:
                known.setdefault(name, label)
    return found._replace(layout=replace(layout, first=first), labels=labels)


def _plain_number(value: float) -> float | int:
    return int(value) if value.is_integer() else value


def _names(column: pandas.Series, role: str, path: Path) -> np.ndarray:
    """The cells as strings; whole numbers that pandas holds as floats are whole again."""
    lacking = column.isna().to_numpy()
    if lacking.any() and role in ROLES:
        found = f"nothing in the column {column.name!r}, row {int(lacking.argmax())}"
        raise DataError(found, expected="a name in each cell", path=path)
    values = column.tolist()
    if any(isinstance(value, (list, dict, np.ndarray)) for value in values[:1]):
        raise DataError(f"lists in the column {column.name!r}", expected="a name in each cell", path=path)
    if column.dtype.kind == "f":
        values = [_plain_number(value) for value in values]
    names = np.array(
        ["" if gone else str(value).strip(" ") for value, gone in zip(values, lacking.tolist(), strict=True)],
        dtype=object,
    )
    if role in ROLES and len(empty := np.flatnonzero(names == "")):
        raise DataError(
            f"an empty cell in the column {column.name!r}, row {int(empty[0])}", expected="a name", path=path
        )
    return names
