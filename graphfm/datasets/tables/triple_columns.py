"""Which column of a table of triples is what: as its header says, as the user says, or by place where that is certain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from graphfm.datasets.tables import conventions
from graphfm.datasets.tables.conventions import ROLES
from graphfm.datasets.tables.declared import Reading, separator_name
from graphfm.datasets.tables.dialect import Dialect
from graphfm.datasets.tables.sample import is_header, sample
from graphfm.errors import DataError


@dataclass(frozen=True)
class Layout:
    """How a table of triples is read.

    Args:
        places: the column of each role, from 0: head, relation, tail and, where there are some, their labels.
        header: the names of the columns, None where the first line is data.
        first: head, relation and tail of the first row of data; None where there is no row.
        qualifiers: names and places of columns whose cells are qualifier values.
        pairs: whether the columns after the third are pairs of qualifier relation and value.
        groups: the id group of head and tail, which is part of their names.
    """

    dialect: Dialect
    width: int
    places: dict[str, int]
    header: list[str] | None
    first: tuple[str, str, str] | None
    qualifiers: dict[str, int] = field(default_factory=dict)
    pairs: bool = False
    groups: dict[str, str] = field(default_factory=dict)

    @property
    def skip(self) -> int:
        return 0 if self.header is None else 1

    @property
    def left_out(self) -> list[str]:
        """The columns that are not read, by name or by number."""
        if self.pairs:
            return []
        used = {*self.places.values(), *self.qualifiers.values()}
        names = self.header or [f"column {i + 1}" for i in range(self.width)]
        return [name or f"column {i + 1}" for i, name in enumerate(names) if i not in used]

    def said(self) -> str:
        """The reading in words."""
        names = self.header or [f"column {i + 1}" for i in range(self.width)]
        parts = [", ".join(f"{role} = {names[place]}" for role, place in self.places.items())]
        if self.qualifiers:
            parts.append(f"qualifiers: {', '.join(self.qualifiers)}")
        if self.pairs:
            parts.append("qualifiers: the columns after the third, in pairs")
        if self.left_out:
            parts.append(f"left out: {', '.join(self.left_out)}")
        return "; ".join(parts) + (f" (separated by {separator_name(self.dialect.sep)})" if self.dialect.sep else "")


def triple_layout(path: Path, reading: Reading) -> Layout | None:
    """How the table in a file is read; None for a file without a row.

    Raises:
        DataError: where there is more than one way to read it, with the first triple as it would be read and the option
            that decides, or where a column that the user named is not there.
    """
    found = sample(path, reading)
    if not found.rows:
        return None
    rows, width = found.rows, len(found.rows[0])
    if width < 3:
        raise _too_narrow(rows[0], found.dialect, path)
    places, header, groups = _columns(rows, reading, path)
    data = rows[1:] if header else rows
    first = tuple(data[0][places[role]] for role in ROLES) if data and len(data[0]) > max(places.values()) else None
    pairs = reading.qualifiers == "pairs"
    if pairs and places != {"head": 0, "relation": 1, "tail": 2} and (width > 3 or header is None):
        raise DataError(
            "qualifiers in pairs beside columns in another order",
            expected="head, relation, tail, then pairs",
            path=path,
        )
    named: dict[str, int] = {}
    if reading.qualifiers not in (None, "pairs", "no"):
        for name in reading.qualifiers or ():
            named[name] = conventions.resolve(name, header, width, "qualifiers")
    return Layout(found.dialect, width, places, header, first, named, pairs, groups)  # type: ignore[arg-type]


def named_columns(header: list[str], reading: Reading, path: Path) -> Layout:
    """How a frame is read, whose columns have names for certain.

    Raises:
        DataError: names that do not say which column is what, and the user does not either.
    """
    asked = Reading(columns=reading.columns, header=True)
    places, names, groups = _columns([header], asked, path)
    return Layout(Dialect("", False), len(header), places, names, None, groups=groups)


def _columns(
    rows: Sequence[Sequence[str]], reading: Reading, path: Path
) -> tuple[dict[str, int], list[str] | None, dict[str, str]]:
    """The place of each role, the header, the id groups of head and tail."""
    first, width = list(rows[0]), len(rows[0])
    header = first if _has_header(rows, reading, path) else None
    known = conventions.known(first) if header else None
    places = dict(known.places) if known else {} if header else dict(zip(ROLES, range(3), strict=True))
    if header is None and width > 3 and reading.qualifiers is None and not {*ROLES} <= reading.columns.keys():
        raise _unsure(rows, reading, path)
    for role, column in reading.columns.items():
        if role not in (*ROLES, *conventions.LABELS):
            raise DataError(f"the role {role!r}", expected=f"one of {', '.join((*ROLES, *conventions.LABELS))}")
        places[role] = conventions.resolve(column, header, width, role)
    if any(role not in places for role in ROLES):
        raise DataError(
            f"the header {', '.join(first)}",
            expected="columns whose names say which is head, relation and tail",
            hint=f"Say which: {_option(first)}.",
            path=path,
            line=1,
        )
    if len({places[role] for role in ROLES}) < 3:
        raise DataError(f"one column for two of head, relation, tail ({places})", expected="three columns", path=path)
    return (
        {role: places[role] for role in (*ROLES, *conventions.LABELS) if role in places},
        header,
        (known.groups if known else {}),
    )


def _has_header(rows: Sequence[Sequence[str]], reading: Reading, path: Path) -> bool:
    """Whether the first row names the columns, as the user says or as the table shows; a `DataError` where neither does."""
    if reading.header is not None:
        return reading.header
    known = conventions.known(rows[0]) is not None
    names = [column for column in reading.columns.values() if isinstance(column, str)]
    spelled = {conventions.plain(cell) for cell in rows[0]}
    if names and all(conventions.plain(name) in spelled for name in names):
        return True
    if reading.qualifiers == "pairs":  # declared for rows of several widths; only a header that is known is one
        return known
    given = [column for role in ROLES if isinstance(column := reading.columns.get(role), int)]
    places = tuple(column - 1 for column in given) if len(given) == 3 else None
    if places is not None:
        for role, column in zip(ROLES, given, strict=True):
            conventions.resolve(column, None, len(rows[0]), role)
    judged = is_header(rows, places)  # type: ignore[arg-type]
    if judged == "unsure":
        raise _unsure(rows, reading, path)
    return judged == "yes"


def _option(names: Sequence[str]) -> str:
    """The option that names columns, as an example of these."""
    some = [*names, "...", "...", "..."][:3]
    return f"--columns head={some[0]},relation={some[1]},tail={some[2]} (in Python, Reading(columns=...))"


def _unsure(rows: Sequence[Sequence[str]], reading: Reading, path: Path) -> DataError:
    first, width = list(rows[0]), len(rows[0])
    shown = f"({first[0]!r}, {first[1]!r}, {first[2]!r})"
    given = {*ROLES} <= reading.columns.keys()
    if given or width == 3 or (reading.header is not False and _may_be_header(rows)):
        line = ", ".join(first)
        second = f"; the first triple would be {shown}" if width == 3 else ""
        named = "--header" if given else _option(first).partition(" (")[0]
        hint = (
            f"If it is data, say --no-header; if it names the columns, {named} (in Python, Reading(header=, columns=))."
        )
        found = f"a first line that may name the columns or be data: {line}{second}"
        return DataError(found, expected="names that are known, or data", hint=hint, path=path, line=1)
    hint = (
        f"Say which columns count: {_option(['1', '2', '3'])}; the others are then left out. "
        "Where they are pairs of qualifier relation and value, say --qualifiers pairs."
    )
    return DataError(
        f"{width} columns without a header that is known; by place the first triple would be {shown}",
        expected="3 columns, or names for them",
        hint=hint,
        path=path,
        line=1,
    )


def _may_be_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of more than three columns' rows looks unlike the others."""
    first, others = rows[0], rows[1:]
    words = sum(conventions.is_word(cell) for cell in first)
    again = any(first[i] in {row[i] for row in others if len(row) > i and row != first} for i in range(len(first)))
    return words > 1 or (bool(others) and not again and not any(cell[:1].isdigit() for cell in first))


def _too_narrow(first: Sequence[str], dialect: Dialect, path: Path) -> DataError:
    count = len(first)
    return DataError(
        f"{count} column{'' if count == 1 else 's'} ({', '.join(first)[:60]})",
        expected="3 or more: head, relation, tail",
        hint="Another separator is named by --sep." if count == 1 else "Two columns are the edges of a text graph.",
        path=path,
        line=1,
    )
