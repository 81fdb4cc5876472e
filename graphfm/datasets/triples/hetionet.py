"""Hetionet's JSON (hetnetpy): nodes with kind and identifier, edges with the kind and identifier of both ends.

Entities and kinds of edges are called as in Hetionet's tables: ``Gene::9021``, and ``DaG`` or ``Gr>G`` where the file has its
abbreviations.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from graphfm.datasets.tables.conventions import METAEDGES
from graphfm.datasets.tables.unpacking import begins, blocks, plain_name
from graphfm.datasets.triples.statement_rows import Statements, by_number
from graphfm.errors import DataError


def is_hetionet(path: Path) -> bool:
    """Whether a file is such JSON, by the keys it begins with.

    Raises:
        DataError: a damaged archive.
    """
    if not plain_name(path).lower().endswith(".json") or not path.is_file():
        return False
    return '"metaedge_tuples"' in begins(path, 1 << 16)


def read_hetionet(path: Path) -> Statements:
    """The edges as triples, the names of nodes as labels, their kinds as types.

    Raises:
        DataError: broken JSON, a node or edge without its keys.
    """
    try:
        content = json.loads(b"".join(blocks(path)))
        short = content.get("kind_to_abbrev", {})
        rows = [_triple(edge, short) for edge in content["edges"]]
        nodes = {_entity([node["kind"], node["identifier"]]): node for node in content["nodes"]}
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        what = f"what is no JSON of Hetionet ({type(error).__name__}: {error})"
        raise DataError(what, expected="nodes and edges with their keys", path=path) from error
    lines = np.arange(1, len(rows) + 1, dtype=np.int32)
    found = by_number(path, np.array(rows, dtype=object).reshape(-1, 3), lines)
    own = {name: nodes[name] for name in found.entities if name in nodes}
    labels = {
        "entity": {name: str(node["name"]) for name, node in own.items() if node.get("name")},
        "entity_type": {name: str(node["kind"]) for name, node in own.items()},
        "relation": {name: METAEDGES[name] for name in found.relations if name in METAEDGES},
    }
    alone = len(nodes) - len(own)
    notes = (f"{len(nodes):,} nodes beside the edges" + (f", {alone:,} without one" if alone else ""),)
    return found._replace(labels=labels, notes=notes)


def _entity(end: list[Any]) -> str:
    kind, identifier = end
    return f"{kind}::{identifier}"


def _triple(edge: dict[str, Any], short: dict[str, str]) -> tuple[str, str, str]:
    """Head, relation and tail of an edge; one that points backward is turned round."""
    ends = [edge["source_id"], edge["target_id"]]
    if edge.get("direction") == "backward":
        ends.reverse()
    kinds = [ends[0][0], edge["kind"], ends[1][0]]
    relation = " ".join(map(str, kinds))
    if all(kind in short for kind in kinds):
        arrow = ">" if edge.get("direction") in ("forward", "backward") else ""
        relation = f"{short[kinds[0]]}{short[kinds[1]]}{arrow}{short[kinds[2]]}"
    return _entity(ends[0]), relation, _entity(ends[1])
