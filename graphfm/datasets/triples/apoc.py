"""Neo4j's ``apoc.export.csv``: nodes and relationships in one table, each row with the cells of the other kind empty."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.name_tables import read_name_table
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
