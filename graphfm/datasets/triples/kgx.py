"""KGX's JSON: an object with ``nodes`` (``id``, ``name``, ...) and ``edges`` (``subject``, ``predicate``, ``object``, ...)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas

from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.unpacking import blocks, plain_name
from graphfm.datasets.triples.columnar import from_columns
from graphfm.datasets.triples.statement_rows import Statements
from graphfm.errors import DataError

_EDGE = ("subject", "predicate", "object")
_LOOK = 1 << 20  # bytes looked at, at the beginning and wherever edges begin
_KEYS = [re.compile(rb'"%s"\s*:' % key.encode()) for key in _EDGE]
_PARTS = [re.compile(rb'"%s"\s*:\s*\[' % part) for part in (b"nodes", b"edges")]


def is_kgx(path: Path) -> bool:
    """Whether a file is such an object; the keys of an edge tell, which no other graph in JSON has.

    Raises:
        DataError: bytes that are no text, a damaged archive.
    """
    if not plain_name(path).lower().endswith(".json") or not path.is_file():
        return False
    lacking, before = [*_PARTS, *_KEYS], b""
    for number, block in enumerate(blocks(path, size=_LOOK)):
        if not number and not block.lstrip().startswith(b"{"):
            return False
        window = before + block
        lacking = [pattern for pattern in lacking if not pattern.search(window)]
        if not lacking:
            return True
        before = block[-100:]  # a key may stand across two blocks
    return False


def read_kgx(path: Path, reading: Reading) -> Statements:
    """The edges as triples, the nodes as labels and texts; further keys of edges are named and left out.

    Raises:
        DataError: broken JSON, an edge or node that is no object, an edge without its three keys.
    """
    text = b"".join(blocks(path, encoding=reading.encoding)).decode()
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise DataError(
            f"broken JSON ({error})", expected="an object with nodes and edges", path=path, line=line
        ) from error
    edges, nodes = (_objects(content, part, path) for part in ("edges", "nodes"))
    for number, edge in enumerate(edges, start=1):
        if absent := [key for key in _EDGE if not isinstance(edge.get(key), str) or not edge[key].strip()]:
            raise DataError(f"edge {number} without {absent[0]}", expected="subject, predicate and object", path=path)
    frame = pandas.DataFrame(edges, dtype=object)
    found = from_columns(frame, reading, path, lines=np.arange(1, len(edges) + 1, dtype=np.int32))
    known = {str(node["id"]): node for node in nodes if "id" in node}
    labels: dict[str, dict[str, str]] = {"entity": dict(found.labels["entity"]), "entity_text": {}, "relation": {}}
    labels["entity_type"] = {}
    for name in found.entities:
        node = known.get(name, {})
        for what, key in (("entity", "name"), ("entity_text", "description")):
            if isinstance(node.get(key), str) and node[key].strip():
                labels[what].setdefault(name, " ".join(node[key].split()))
        kinds = node.get("category")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if kind := "|".join(one for one in kinds if isinstance(one, str)):
            labels["entity_type"][name] = kind
    alone = len(known.keys() - {*found.entities})
    notes = (f"{len(known):,} nodes beside the edges" + (f", {alone:,} without one" if alone else ""),)
    return found._replace(labels=labels, notes=(*found.notes, *notes))


def _objects(content: Any, part: str, path: Path) -> list[dict[str, Any]]:
    rows = content.get(part) if isinstance(content, dict) else None
    if not isinstance(rows, list):
        raise DataError(f"no list of {part}", expected="an object with nodes and edges", path=path)
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise DataError(f"{part[:-1]} {number}, a {type(row).__name__}", expected="a JSON object", path=path)
    return rows
