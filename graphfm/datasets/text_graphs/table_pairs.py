"""A table of nodes and a table of edges, as Gephi, Neo4j, pandas and spreadsheets write them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from graphfm.datasets.tables import json_rows
from graphfm.datasets.tables.conventions import plain
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.unpacking import plain_name
from graphfm.datasets.tables.whole import COLUMNAR, WholeTable, read_table
from graphfm.datasets.text_graphs.records import ENDS, plain_value, whole_numbers
from graphfm.datasets.text_graphs.sources import Source
from graphfm.errors import DataError

_NODES = ("nodes", "node", "vertices", "papers", "documents", "entities")
_EDGES = ("edges", "edge", "links", "relationships", "rels", "citations")
_ENDINGS = (".csv", ".tsv", ".txt", ".tab", *COLUMNAR, *json_rows.ENDINGS)
#: Columns of ids, as they are commonly called.
_ID = ("id", ":id", "~id", "node_id", "nodeid", "node", "_id", "paper_id", "index", "key", "suid")


_NAMED = re.compile(
    r"(.+)[-_.]([A-Za-z]+)(?:\.csv|\.tsv|\.txt|\.tab|\.parquet)"
)  # cora_nodes.csv beside cora_edges.csv
_FLOAT = re.compile(r"(?:0|[1-9]\d{0,15})(?:\.0)?")


def find_tables(folder: Path) -> tuple[Path, Path] | None:
    """The table of nodes and the table of edges of a folder, None where it has not both.

    Raises:
        DataError: more than one that may be meant.
    """
    nodes, edges = _find(folder, _NODES), _find(folder, _EDGES)
    if nodes and edges:
        return nodes, edges
    named = [(path, match) for path in sorted(folder.iterdir()) if (match := _NAMED.fullmatch(plain_name(path)))]
    pairs = [
        (one, other)
        for one, left in named
        for other, right in named
        if left[2].lower() in _NODES and right[2].lower() in _EDGES and left[1] == right[1]
    ]
    return pairs[0] if len(pairs) == 1 else None


def others(folder: Path, used: Sequence[Path]) -> list[str]:
    """The names of further tables of a folder, which are not read."""
    aside = re.compile(r"(?i)(readme|licen[cs]e|citation|changelog|classes\.json|info\.json|meta)")
    files = (path for path in sorted(folder.iterdir()) if path.is_file() and path not in used)
    return [path.name for path in files if plain_name(path).lower().endswith(_ENDINGS) and not aside.match(path.name)]


def _find(folder: Path, stems: Sequence[str]) -> Path | None:
    found = [
        path
        for path in sorted(folder.iterdir())
        if path.is_file()
        and Path(plain_name(path)).stem.lower() in stems
        and Path(plain_name(path)).suffix.lower() in _ENDINGS
    ]
    if len(found) > 1:
        some = " and ".join(path.name for path in found)
        raise DataError(some, expected="one table", hint="Remove or rename the others.", path=folder)
    return found[0] if found else None


def read_pair(nodes: Path, edges: Path, reading: Reading, *, name: str) -> Source:
    """The nodes and edges of two tables with a header each.

    Args:
        reading: what the user says: the columns "id", "src", "dst", the separator, the encoding.

    Raises:
        DataError: a column that is not there or leaves a choice, an empty id, broken rows.
    """
    asked = reading.columns
    node_table = read_table(nodes, reading)
    edge_table, of_edges = _edge_table(edges, reading)
    key = _column(node_table, asked.get("id"), [(one,) for one in _ID], role="id", option="--id")[0]
    src, dst = _ends(edge_table, of_edges)
    ids, first, second = node_table.columns[key], edge_table.columns[src], edge_table.columns[dst]
    _check_filled(node_table, {key: ids}, "an id")
    _check_filled(edge_table, {src: first, dst: second}, "both ends of an edge")
    _check_ends(node_table, key, {*map(str, first), *map(str, second)}, edges)
    if whole_numbers(ids := _unfloated(ids)):
        first, second = _unfloated(first), _unfloated(second)
    if whole_numbers(ids) and whole_numbers(first, second, ids):
        ids, first, second = ([int(one) for one in column] for column in (ids, first, second))
    return Source(
        ids,
        {column: _cells(values) for column, values in node_table.columns.items() if column not in (key, "")},
        first,
        second,
        {column: _cells(values) for column, values in edge_table.columns.items() if column not in (src, dst, "")},
        name=name,
        id_name=key or "the column without a name",
        path=nodes,
        node_lines=node_table.lines,
        edges_path=edges,
        edge_lines=edge_table.lines,
        display=("Label",) if key == "Id" else (),
    )


def _check_ends(nodes: WholeTable, key: str, ends: set[str], path: Path) -> None:
    """Refuse edges between what is in another column of the nodes than that of the ids.

    Raises:
        DataError: they are, with the option that names the column.
    """
    if not ends or not ends.isdisjoint(map(str, nodes.columns[key])):
        return
    other = next((name for name, values in nodes.columns.items() if name != key and ends <= {*map(str, values)}), None)
    if other:
        found = f"ends of edges that are in the column {other!r} of {nodes.path.name}, and not in {key!r}"
        raise DataError(found, expected="ids of nodes", hint=f"Say --id {shlex.quote(other)}.", path=path)


def _edge_table(path: Path, reading: Reading) -> tuple[WholeTable, dict[str, Any]]:
    """The edges, whose first line is one of them where the user numbers the columns and it names none; what was asked for."""
    table, asked = read_table(path, reading), dict(reading.columns)
    ends = [str(asked.get(end)) for end in ("src", "dst")]
    if all(map(str.isdecimal, ends)) and not {*ends} <= {*table.header}:
        asked |= {"src": int(ends[0]), "dst": int(ends[1])}
        names = {plain(column) for column in table.header}
        if reading.header is None and not any({*pair} <= names for pair in ENDS):
            table = read_table(path, replace(reading, header=False))
    return table, asked


def _cells(values: list[Any]) -> list[Any]:
    """Labels that are all whole numbers are numbers; an empty cell is none, but for texts."""
    filled = _unfloated([value for value in values if not isinstance(value, str) or value])
    if whole_numbers(filled):
        places = iter(filled)
        return [int(next(places)) if value != "" else None for value in values]
    return values


def _unfloated(values: list[Any]) -> list[Any]:
    """Whole numbers that pandas wrote as floats, since a cell of their column was empty: 2.0 is 2."""
    if values and all(isinstance(value, str) and _FLOAT.fullmatch(value) for value in values):
        return [value.removesuffix(".0") for value in values]
    return values


def _check_filled(table: WholeTable, columns: dict[str, list[Any]], what: str) -> None:
    for column, values in columns.items():
        lacking = [i for i, value in enumerate(values) if plain_value(value) is None or value == ""]
        if lacking:
            line = table.lines[lacking[0]] if table.lines else None
            found = f"nothing in the column {column!r} of row {lacking[0]} (and {len(lacking) - 1:,} more)"
            raise DataError(found, expected=f"{what} in every row", path=table.path, line=line)


def _ends(table: WholeTable, asked: Any) -> tuple[str, str]:
    if "src" in asked and "dst" in asked:
        return (
            _column(table, asked["src"], [], role="source", option="--src")[0],
            _column(table, asked["dst"], [], role="destination", option="--dst")[0],
        )
    pair = _column(table, None, list(ENDS), role="source and one with the destination", option="--src and --dst")
    src = _column(table, asked["src"], [], role="source", option="--src")[0] if "src" in asked else pair[0]
    dst = _column(table, asked["dst"], [], role="destination", option="--dst")[0] if "dst" in asked else pair[1]
    return src, dst


def _column(
    table: WholeTable, asked: str | int | None, usual: list[tuple[str, ...]], *, role: str, option: str
) -> tuple[str, ...]:
    """The columns asked for, else the first of the usual ones that are there."""
    names = {plain(column): column for column in table.header}
    if isinstance(asked, int) and 1 <= asked <= len(table.header):
        return (table.header[asked - 1],)
    if asked is not None:
        if asked in table.header:
            return (str(asked),)
        usual = [(plain(str(asked)),)]
    for group in usual:
        if all(one in names for one in group):
            return tuple(names[one] for one in group)
    if role == "id" and asked is None and "" in table.header:  # the index of pandas, which has no name
        return ("",)
    wanted = repr(asked) if asked is not None else f"such as {' or '.join('/'.join(group) for group in usual[:3])}"
    raise DataError(
        f"the header {','.join(table.header)!r}",
        expected=f"one column {wanted} with the {role}",
        path=table.path,
        line=1,
        hint=_hint(table, role, option),
    )


def _hint(table: WholeTable, role: str, option: str) -> str:
    if len(table.header) < 2:
        return f"Name it by {option}; the separator by --sep."
    if role != "id" and len(table.header) == 2:
        return f"Name it by {option}; where the first line is an edge, say --src 1 --dst 2."
    return f"Name it by {option}."
