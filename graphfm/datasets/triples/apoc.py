"""Neo4j's ``apoc.export.csv`` and ``apoc.export.json``: nodes and relationships in one file.

The table leaves the cells of the other kind empty in each row; in JSON each row, or item of a list, says its type.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.json_rows import objects
from graphfm.datasets.tables.name_tables import LABEL_COLUMNS, TEXT_COLUMNS, read_name_table
from graphfm.datasets.tables.unpacking import begins, plain_name
from graphfm.datasets.tables.whole import read_table
from graphfm.datasets.triples.statement_rows import Statements, by_number
from graphfm.errors import DataError

_NODE, _ENDS = "_id", ("_start", "_type", "_end")


def holds_nodes_and_edges(header: list[str] | None) -> bool:
    return header is not None and {_NODE, *_ENDS} <= {*header}


def read_apoc(path: Path, reading: Reading) -> Statements:
    """The relationships as triples, the nodes as labels and texts of their ids.

    Raises:
        DataError: a row that is neither, or both.
    """
    table = read_table(path, replace(reading, header=True), least=3)
    lines = np.array(table.lines, dtype=np.int32)
    node = np.array([cell != "" for cell in table.columns[_NODE]], dtype=bool)
    ends = np.array([table.columns[name] for name in _ENDS], dtype=object).T.reshape(-1, 3)  # (rows, 3)
    filled = (ends != "").sum(axis=1)
    wrong = np.flatnonzero(np.where(node, filled > 0, filled < 3))
    if len(wrong):
        raise DataError(
            f"a row with {'an id and ' if node[wrong[0]] else 'no id and '}{filled[wrong[0]]} of {', '.join(_ENDS)}",
            expected="a node, with _id alone, or a relationship, with the other three",
            path=path,
            line=int(lines[wrong[0]]),
        )
    found = by_number(path, ends[~node], lines[~node])
    names = read_name_table(path, {*found.entities}, reading=replace(reading, header=True)).names
    labels = {
        "entity": {key: label for key, (label, _) in names.items() if label},
        "entity_text": {key: text for key, (_, text) in names.items() if text},
        "relation": {},
    }
    alone = int(node.sum()) - len(names)
    notes = (f"{int(node.sum()):,} nodes beside the relationships" + (f", {alone:,} without one" if alone else ""),)
    return found._replace(labels=labels, notes=notes)


def is_apoc_json(path: Path) -> bool:
    """Whether a file is APOC's JSON: lines, or a list, of objects whose type is node or relationship.

    Raises:
        DataError: a damaged archive.
    """
    if not plain_name(path).lower().endswith((".json", ".jsonl", ".ndjson")) or not path.is_file():
        return False
    start = begins(path, 1 << 16).removeprefix("[").lstrip()
    try:
        row, _ = json.JSONDecoder().raw_decode(start)
    except (ValueError, RecursionError):
        return False
    return isinstance(row, dict) and row.get("type") in ("node", "relationship") and "id" in row


def read_apoc_json(path: Path, reading: Reading) -> Statements:
    """The relationships as triples, the names and texts among the properties of nodes as those of their ids.

    Raises:
        DataError: broken JSON, or an object that is neither node nor relationship.
    """
    rows: list[tuple[str, str, str]] = []
    where: list[int] = []
    labels: dict[str, dict[str, str]] = {"entity": {}, "entity_text": {}, "entity_type": {}, "relation": {}}
    nodes = 0
    for line, row in objects(path, reading.encoding):
        if row.get("type") == "relationship":
            ends = [row.get(end, {}).get("id") if isinstance(row.get(end), dict) else None for end in ("start", "end")]
            if None in ends or not row.get("label"):
                lacking = "a relationship without start, end and label"
                raise DataError(lacking, expected="all three", path=path, line=line)
            rows.append((str(ends[0]), str(row["label"]), str(ends[1])))
            where.append(line)
        elif row.get("type") == "node" and "id" in row:
            nodes += 1
            _take_names(labels, str(row["id"]), row)
        else:
            raise DataError(f"the type {row.get('type')!r}", expected="node or relationship", path=path, line=line)
    found = by_number(path, np.array(rows, dtype=object).reshape(-1, 3), np.array(where, dtype=np.int32))
    return found._replace(labels=labels, notes=(f"{nodes:,} nodes beside the relationships",))


def _take_names(labels: dict[str, dict[str, str]], key: str, node: dict[str, Any]) -> None:
    given = node.get("properties")
    values: dict[str, Any] = given if isinstance(given, dict) else {}
    for what, names in (("entity", LABEL_COLUMNS), ("entity_text", TEXT_COLUMNS)):
        text = next((values[name] for name in names if isinstance(values.get(name), str) and values[name].strip()), "")
        if text:
            labels[what][key] = " ".join(text.split())
    if kinds := [kind for kind in node.get("labels") or () if isinstance(kind, str)]:
        labels["entity_type"][key] = "|".join(kinds)
