"""What is said where a table of triples can be read in more than one way: how it would be read, and the option that decides."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from graphfm.datasets.tables import conventions
from graphfm.datasets.tables.conventions import ROLES
from graphfm.datasets.tables.declared import Reading
from graphfm.errors import DataError

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def _index(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first column numbers the rows, from 0 or 1."""
    for data in (rows, rows[1:]):
        cells = [row[0] for row in data]
        if len(cells) > 1 and cells in ([str(i + start) for i in range(len(cells))] for start in (0, 1)):
            return len(rows[0]) > 3
    return False


def option(names: Sequence[str], *, index: bool = False) -> str:
    """The option that names columns, for these: what a convention says of them, and of three columns their order.

    Args:
        index: whether the first of them numbers the rows.
    """
    roles = conventions.role_columns(names)
    rest = [place for place in range(index, len(names)) if place not in roles.values()]
    if len(rest) + len(roles) == 3:
        roles |= dict(zip((role for role in ROLES if role not in roles), rest, strict=False))
    columns = {role: _spelled(names, roles[role]) if role in roles else "COLUMN" for role in ROLES}
    return f"--columns {shlex.quote(','.join(f'{role}={column}' for role, column in columns.items()))}"


def _spelled(names: Sequence[str], place: int) -> str:
    """A column by its name, by its number where the option cannot name it."""
    name = names[place]
    plain = conventions.plain(name)
    sure = name and not {*name} & {*",='"} and [conventions.plain(other) for other in names].count(plain) == 1
    return name if sure else str(place + 1)


def unsure(rows: Sequence[Sequence[str]], reading: Reading, path: Path) -> DataError:
    """The refusal of a table whose first row may be a header or data, or whose columns may be read in more than one way."""
    first, width, index = list(rows[0]), len(rows[0]), _index(rows)
    shown = str(tuple(first[index : index + 3]))
    given = {*ROLES} <= reading.columns.keys()
    if not given and (ends := _two_ends(rows)) is not None:
        return _of_two_ends(first, ends, path)
    if given or width == 3 or (reading.header is not False and _may_be_header(rows)):
        line = ", ".join(first)
        second = f"; the first triple would be {shown}" if width == 3 else ""
        named = "--header" if given else option(first, index=index)
        hint = (
            f"If it is data, say --no-header; if it names the columns, {named} (in Python, Reading(header=, columns=))."
        )
        found = f"a first line that may name the columns or be data: {line}{second}"
        return DataError(found, expected="names that are known, or data", hint=hint, path=path, line=1)
    numbers = ",".join(f"{role}={index + i}" for i, role in enumerate(ROLES, start=1))
    marked = width == 4 and {row[3] for row in rows if len(row) == width} == {"0", "1"}
    hint = (
        f"Say which columns count: --columns {numbers} (in Python, Reading(columns=...)); the others are then left out. "
        f"{f'Where the last says what is a fact and what is none: --columns {numbers},truth=4. ' if marked else ''}"
        "Where they are pairs of qualifier relation and value, say --qualifiers pairs."
    )
    return DataError(
        f"{width} columns without a header that is known; by place the first triple would be {shown}",
        expected="3 columns, or names for them",
        hint=hint,
        path=path,
        line=1,
    )


def lacking(rows: Sequence[Sequence[str]], path: Path) -> DataError:
    """The refusal of a header that is one for certain and does not say which column is what."""
    first = list(rows[0])
    if len(first) < len(ROLES):
        return too_narrow(first, path)
    if (ends := _two_ends(rows)) is not None:
        return _of_two_ends(first, ends, path)
    return DataError(
        f"the header {', '.join(first)}", expected="columns whose names say which is head, relation and tail",
        hint=f"Say which: {option(first)} (in Python, Reading(columns=...)).", path=path, line=1,
    )  # fmt: skip


def _of_two_ends(first: Sequence[str], ends: tuple[str, str], path: Path) -> DataError:
    head, tail = ends
    hint = (
        f"Name the relation where there is one: --columns {shlex.quote(f'head={head},relation=COLUMN,tail={tail}')}. "
        "Edges without are those of a text graph: nodes.csv and edges.csv in a folder."
    )
    return DataError(
        f"the header {', '.join(first)}, of two ends and no relation", expected="head, relation, tail", hint=hint,
        path=path, line=1,
    )  # fmt: skip


def _two_ends(rows: Sequence[Sequence[str]]) -> tuple[str, str] | None:
    """The two ends of a header without a relation: by their names, or since all but two columns hold numbers."""
    first, others = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    roles = conventions.role_columns(first)
    if "relation" not in roles and {"head", "tail"} <= roles.keys():
        return _spelled(first, roles["head"]), _spelled(first, roles["tail"])
    if roles or not others or any(_NUMBER.fullmatch(cell) for cell in first):
        return None
    words = [i for i in range(len(first)) if not all(_NUMBER.fullmatch(row[i]) for row in others)]
    return (_spelled(first, words[0]), _spelled(first, words[1])) if words == [0, 1] else None


def _may_be_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of more than three columns' rows looks unlike the others."""
    first, others = rows[0], rows[1:]
    words = sum(conventions.is_word(cell) for cell in first)
    again = any(first[i] in {row[i] for row in others if len(row) > i and row != first} for i in range(len(first)))
    return words > 1 or (bool(others) and not again and not any(cell[:1].isdigit() for cell in first))


def too_narrow(first: Sequence[str], path: Path) -> DataError:
    """The refusal of a table of one column or two."""
    count = len(first)
    return DataError(
        f"{count} column{'' if count == 1 else 's'} ({', '.join(first)[:60]})",
        expected="3 or more: head, relation, tail",
        hint="Another separator is named by --sep."
        if count == 1
        else "Two columns are the edges of a text graph: put them as edges.csv (source,target) beside a nodes.csv (id,text).",
        path=path,
        line=1,
    )
