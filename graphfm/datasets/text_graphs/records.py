"""The two tables every reader fills: nodes and edges as the source has them, with the place each came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graphfm.errors import DataError


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
