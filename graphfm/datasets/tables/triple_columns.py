"""Which column of a table of triples is what: as its header says, as the user says, or by place where that is certain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from graphfm.datasets.tables import conventions
from graphfm.datasets.tables.conventions import ROLES
from graphfm.datasets.tables.declared import Reading, separator_name
from graphfm.datasets.tables.dialect import Dialect
from graphfm.datasets.tables.sample import is_header, sample
from graphfm.datasets.tables.unsure import lacking, too_narrow, unsure
from graphfm.errors import DataError

_ALL_ROLES = (*ROLES, *conventions.LABELS, *conventions.MARKS)
_SHOWN = 20  # columns left out that are named
#: What a row of types says, in the words of pandas, SQL, Spark and others.
_TYPES = {
    *(
        "str",
        "string",
        "text",
        "object",
        "char",
        "varchar",
        "nvarchar",
        "character varying",
        "category",
        "symbol",
        "utf8",
    ),
    *("int", "integer", "int32", "int64", "uint32", "uint64", "bigint", "long", "number", "xsd:string", "xsd:integer"),
}


@dataclass(frozen=True)
class Layout:
    """How a table of triples is read.

    Args:
        places: the column of each role, from 0: head, relation, tail and, where there are some, their labels, the split of
            a row, and whether it is a fact.
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
        return 0 if self.header is None or self.dialect.above else 1

    @property
    def left_out(self) -> list[str]:
        """The columns that are not read, by name or by number."""
        if self.pairs:
            return []
        used = {*self.places.values(), *self.qualifiers.values()}
        names = self.header or [f"column {i + 1}" for i in range(self.width)]
        return [name or f"column {i + 1}" for i, name in enumerate(names) if i not in used]

    def _left_out(self) -> str:
        shown = self.left_out[:_SHOWN]
        more = len(self.left_out) - len(shown)
        return ", ".join(shown) + (f" and {more:,} more" if more else "")

    def said(self) -> str:
        """The reading in words."""
        names = self.header or [f"column {i + 1}" for i in range(self.width)]
        parts = [", ".join(f"{role} = {names[place]}" for role, place in self.places.items())]
        if self.qualifiers:
            parts.append(f"qualifiers: {', '.join(self.qualifiers)}")
        if self.pairs:
            parts.append("qualifiers: the columns after the third, in pairs")
        if self.left_out:
            parts.append(f"left out: {self._left_out()}")
        if self.dialect.before:
            parts.append(f"{self.dialect.before} line{'s' * (self.dialect.before > 1)} above the table left out")
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
        if width == 1:  # two columns are separated by what three are not
            rows = sample(path, reading, least=2).rows or rows
        raise too_narrow(rows[0], path)
    if found.dialect.above:
        reading = replace(reading, header=True)
    if not reading.columns and reading.header is None:
        _refuse_matrix(rows, path)
        if width == 5 and all(row[0].startswith("/a/[") for row in rows):  # ConceptNet's assertions
            reading = replace(reading, header=False, columns={"head": 3, "relation": 2, "tail": 4})
    if reading.header is not False:
        rows = _without_direction(rows)
    places, header, groups = _columns(rows, reading, path)
    data = rows[1:] if header else rows
    if header and data:
        _refuse_types(data[0], places, path)
    first = tuple(data[0][places[role]] for role in ROLES) if data and len(data[0]) > max(places.values()) else None
    pairs = reading.qualifiers == "pairs"
    if pairs and places != {"head": 0, "relation": 1, "tail": 2} and (width > 3 or header is None):
        raise DataError(
            "qualifiers in pairs beside columns in another order",
            expected="head, relation, tail, then pairs",
            path=path,
        )
    named = {name: conventions.resolve(name, header, width, "qualifiers") for name in _named(reading.qualifiers)}
    return Layout(found.dialect, width, places, header, first, named, pairs, groups)  # type: ignore[arg-type]


def _named(qualifiers: str | Sequence[str] | None) -> Sequence[str]:
    """The columns that are declared to hold qualifiers."""
    return () if qualifiers is None or isinstance(qualifiers, str) else qualifiers


def _refuse_types(row: Sequence[str], places: dict[str, int], path: Path) -> None:
    """Refuse a row below the header that says what the columns hold, as some databases write it: it is no fact.

    Raises:
        DataError: head, relation and tail of it are all names of types.
    """
    cells = [row[places[role]].strip().casefold() for role in ROLES if places[role] < len(row)]
    if len(cells) == len(ROLES) and {*cells} <= _TYPES:
        hint = "Remove the line: a table has one header, and then its rows."
        raise DataError(
            f"types of the columns ({', '.join(row)[:60]})", expected="a triple", hint=hint, path=path, line=2
        )


def _without_direction(rows: list[list[str]]) -> list[list[str]]:
    """The rows, where Gephi's column of directions is called so: it is no relation, though its name is ``Type``."""
    for place, cell in enumerate(rows[0]):
        values = {row[place].casefold() for row in rows[1:] if len(row) > place}
        if conventions.plain(cell) == "type" and values and values <= {"directed", "undirected", "mutual"}:
            return [[*rows[0][:place], f"direction ({cell})", *rows[0][place + 1 :]], *rows[1:]]
    return rows


def _refuse_matrix(rows: Sequence[Sequence[str]], path: Path) -> None:
    """Refuse a matrix of adjacency, with names around it or without.

    Raises:
        DataError: it is one.
    """
    header, others = rows[0], rows[1:]
    within = all(cell.replace(".", "", 1).isdecimal() for row in others for cell in row[1:])
    named = within and len(header) == len(rows) and [row[0] for row in others] == list(header[1:])
    bare = len(header) == len(rows) > 3 and all(cell in ("0", "1") for row in rows for cell in row)
    if len(rows) > 2 and (named or bare):
        hint = (
            "Write its edges, a row each: of a text graph source and target, of a knowledge graph head, relation and tail "
            "(networkx.from_pandas_adjacency reads the matrix, networkx.to_pandas_edgelist writes them)."
        )
        raise DataError("a matrix of adjacency", expected="a triple a row", hint=hint, path=path, line=1)


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
    numbered = _numbered(rows) if reading.header is None else None
    header = first if numbered is not None or _has_header(rows, reading, path) else None
    known = conventions.known(first) if header else None
    places = dict(known.places) if known else {} if header else dict(zip(ROLES, range(3), strict=True))
    if numbered is not None:
        places = {role: numbered + i for i, role in enumerate(ROLES)}
    marked = header is None and _signed(rows)
    certain = width == 3 or header is not None or marked or {*ROLES} <= reading.columns.keys()
    if not certain and reading.qualifiers is None:
        raise unsure(rows, reading, path)
    for role, column in reading.columns.items():
        if role not in _ALL_ROLES:
            raise DataError(f"the role {role!r}", expected=f"one of {', '.join(_ALL_ROLES)}")
        places[role] = conventions.resolve(column, header, width, role)
    if any(role not in places for role in ROLES):
        raise lacking(rows, path)
    if len({places[role] for role in ROLES}) < 3:
        raise DataError(f"one column for two of head, relation, tail ({places})", expected="three columns", path=path)
    if reading.qualifiers != "pairs":
        places |= _marks(header, places, reading, signed=marked)
    return (
        {role: places[role] for role in _ALL_ROLES if role in places},
        header,
        (known.groups if known else {}),
    )


def _marks(header: Sequence[str] | None, places: dict[str, int], reading: Reading, *, signed: bool) -> dict[str, int]:
    """The columns that say of a row in which split it is and whether it is a fact, where they are not yet among `places`."""
    if header is None:
        return {"truth": 3} if signed and 3 not in places.values() else {}
    names = [conventions.plain(cell) for cell in header]
    taken = {conventions.plain(name) for name in _named(reading.qualifiers)} | {
        names[place] for place in places.values()
    }
    found = {}
    for role, spellings in conventions.MARKS.items():
        named = [i for i, name in enumerate(names) if name in spellings and name not in taken]
        if role not in places and len(named) == 1:
            found[role] = named[0]
    return found


def _signed(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the last of four columns says 1 of facts and -1 of what is none, as in WN11 and FB13."""
    return len(rows[0]) == 4 and {"-1"} <= {row[3] for row in rows if len(row) == 4} <= {"1", "-1"}


def _numbered(rows: Sequence[Sequence[str]]) -> int | None:
    """Where the columns of a frame without names begin, of which pandas writes 0, 1, 2 as header; None for another table."""
    first, others = list(rows[0]), rows[1:]
    for start, names in ((0, ["0", "1", "2"]), (1, ["", "0", "1", "2"])):
        cells = [cell for row in others for cell in row[start : start + 3]]
        if first == names and cells and not any(cell.isdecimal() for cell in cells):
            return start
    return None


def _has_header(rows: Sequence[Sequence[str]], reading: Reading, path: Path) -> bool:
    """Whether the first row names the columns, as the user says or as the table shows; a `DataError` where neither does."""
    if reading.header is not None:
        return reading.header
    if _signed(rows):
        return False
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
        raise unsure(rows, reading, path)
    return judged == "yes"
