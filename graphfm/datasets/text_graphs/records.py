"""The two tables every reader fills: nodes and edges as the source has them, with the place each came from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphfm.errors import DataError

#: The two ends of an edge, as they are commonly called.
ENDS = (
    ("src", "dst"), ("source", "target"), (":start_id", ":end_id"), ("_start", "_end"), ("from", "to"), ("u", "v"),
    ("head", "tail"), ("source_id", "target_id"), ("src_id", "dst_id"), ("from_id", "to_id"), ("citing", "cited"),
    ("node1", "node2"), ("id1", "id2"), ("start", "end"), ("fromnodeid", "tonodeid"), ("~from", "~to"), ("_from", "_to"),
)  # fmt: skip


#: What programs write where there is no value.
NOTHING = {"\\N", "NULL", "null", "NaN", "nan", "NAN", "None", "NA", "N/A", "n/a", "#N/A", "<NA>", "(null)"}


@dataclass(frozen=True, kw_only=True)
class Records:
    """Where records come from: the file and the line of each, where known."""

    path: Path | None = None
    lines: Sequence[int] | None = None

    def error(self, record: int, found: str, *, expected: str, hint: str = "") -> DataError:
        line = None if self.lines is None else self.lines[record]
        return DataError(found, expected=expected, hint=hint, path=self.path, line=line)


@dataclass(frozen=True)
class NodeTable(Records):
    """One entry a node; a label is a class id, a class name, or None."""

    ids: Sequence[int | str]
    texts: Sequence[str]
    labels: Sequence[int | str | None]


@dataclass(frozen=True)
class EdgeTable(Records):
    """One entry an edge, its ends given by node ids; `kinds` names the type of each edge. A weight may be None or ""."""

    src: Sequence[int | str]
    dst: Sequence[int | str]
    kinds: Sequence[str] | None = None
    weights: Sequence[object] | None = None
    texts: Sequence[str] | None = None


def listed(names: Sequence[str]) -> str:
    """The names, twenty at most and how many more.

    >>> listed(["age", "year"])
    'age, year'
    """
    return ", ".join(names[:20]) + (f" and {len(names) - 20:,} more" if len(names) > 20 else "")


def plain_value(value: Any) -> Any:
    """A value without its library: None for the many ways to say missing, a whole number for one stored as float."""
    if hasattr(value, "item"):
        value = value.item() if getattr(value, "ndim", 0) == 0 else value.tolist()
    if (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or (isinstance(value, float) and math.isnan(value))
    ):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def whole_numbers(*columns: Sequence[str]) -> bool:
    """Whether all cells are numbers as Python writes them, so that turning them into numbers loses nothing.

    >>> whole_numbers(["0", "12"]), whole_numbers(["007"]), whole_numbers([])
    (True, False, False)
    """
    cells = [cell for column in columns for cell in column]
    return bool(cells) and all(
        isinstance(c, str) and c.isascii() and c.isdecimal() and (c == "0" or c[0] != "0") and len(c) < 19
        for c in cells
    )
