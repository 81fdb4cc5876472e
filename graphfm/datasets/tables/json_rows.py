"""A table in JSON: an object or a list a row, in lines or in one list; columns as pandas writes them; plain or compressed."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas

from graphfm.datasets.tables.conventions import ROLES, role_columns
from graphfm.datasets.tables.unpacking import blocks, plain_name
from graphfm.errors import DataError

_LINES = (".jsonl", ".ndjson")
ENDINGS = (*_LINES, ".json")
_FIRST_KEY = re.compile(r"\{\s*\"([^\"]*)\"\s*:")
#: Keys with which an object begins that holds rows, besides the names of columns.
_HOLDERS = {
    "columns", "schema", "index", "data", "triples", "relations", "facts", "statements", "results", "rows", "records",
    "edges", "links",
}  # fmt: skip


def first_names(path: Path) -> list[str]:
    """The names of the columns; none where a file is no such table.

    Raises:
        DataError: bytes that are no text, a damaged archive.
    """
    name = plain_name(path).lower()
    if not name.endswith(ENDINGS) or not path.is_file():
        return []
    start = next(blocks(path, size=1 << 16), b"").decode().lstrip()
    if name.endswith(".json") and start[:1] == "{":
        return _names(_held(_text(path)))
    if start[:1] == "[" and (name.endswith(".json") or re.match(r"\[\s*[\[{]", start)):
        start = start[1:].lstrip()
    elif name.endswith(".json"):
        return []
    try:
        row, _ = json.JSONDecoder().raw_decode(start)
    except (ValueError, RecursionError):
        return []
    return _names([row])


def _held(text: str) -> list[Any] | None:
    """The rows of a table that is one JSON object, None for other text: read only where its first key may be that of one."""
    first = _FIRST_KEY.match(text.lstrip())
    if first is None or not (first[1].isdecimal() or first[1] in _HOLDERS or role_columns([first[1]])):
        return None
    try:
        return _rows_of_object(json.loads(text))
    except (ValueError, RecursionError):  # an object a line, perhaps
        return None


def _names(rows: Sequence[Any] | None) -> list[str]:
    if not rows:
        return []
    if isinstance(rows[0], dict):
        return [*rows[0]]
    return [*ROLES] if _is_triple(rows[0]) else []


def _is_triple(row: Any) -> bool:
    """Whether a list is head, relation and tail by place."""
    return isinstance(row, list) and len(row) == 3 and all(isinstance(cell, (str, int)) for cell in row)


def _rows_of_object(value: Any) -> list[Any] | None:
    """The rows of a table that one JSON object holds; None for another object.

    It is a list beside single values (``{"triples": [...]}``), columns as lists, or what pandas writes: columns or rows by
    the index, or names and cells apart.
    """
    if not isinstance(value, dict) or not value:
        return None
    if {"columns", "data"} <= value.keys() and all(isinstance(value[key], list) for key in ("columns", "data")):
        return [dict(zip(value["columns"], row, strict=True)) for row in value["data"]]
    lists = [part for part in value.values() if isinstance(part, list)]
    if len(lists) == len(value) and len({*map(len, lists)}) == 1 and role_columns([*value]):
        return [dict(zip(value, row, strict=True)) for row in zip(*lists, strict=True)]
    if all(isinstance(part, dict) for part in value.values()):
        parts = [*value.values()]
        if role_columns([*value]) and all(part.keys() == parts[0].keys() for part in parts):
            return [{name: value[name][key] for name in value} for key in parts[0]]
        return parts if role_columns([*parts[0]]) else None
    held = lists[0] if len(lists) == 1 and lists[0] else []
    return held if held and (isinstance(held[0], dict) or _is_triple(held[0])) else None


def _text(path: Path, encoding: str | None = None) -> str:
    return b"".join(blocks(path, encoding=encoding)).decode()


def objects(path: Path, encoding: str | None = None) -> list[tuple[int, dict[str, Any]]]:
    """The objects of JSON lines, or of a JSON list, with the line of each (of a list its number).

    A list of three is an object with head, relation and tail.

    Raises:
        DataError: broken JSON, or a row that is no object, with its line.
    """
    text = _text(path, encoding)
    start = text.lstrip()
    if plain_name(path).lower().endswith(".json") and (whole := _held(text)) is not None:
        rows = [*enumerate(whole, 1)]
    elif start[:1] == "[" and (plain_name(path).lower().endswith(".json") or re.match(r"\[\s*[\[{]", start)):
        rows = [*enumerate(_parsed(text, path, 1), 1)]
    else:
        rows = [(n, _parsed(line, path, n)) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    found = [(line, dict(zip(ROLES, row, strict=True)) if _is_triple(row) else row) for line, row in rows]
    for line, row in found:
        if not isinstance(row, dict):
            raise DataError(f"a row that is a {type(row).__name__}", expected="a JSON object", path=path, line=line)
    return found


def read_json_rows(path: Path, encoding: str | None = None) -> tuple[pandas.DataFrame, np.ndarray]:
    """The rows, and the line of each (of a JSON list its number). Values stay as they are written; an absent one is NaN.

    Raises:
        DataError: as `objects` does.
    """
    rows = objects(path, encoding)
    return pandas.DataFrame([row for _, row in rows], dtype=object), np.array([n for n, _ in rows], dtype=np.int32)


def flat_facts(keys: Collection[str]) -> str:
    """What to do with records of those keys that hold facts within."""
    dump = " Wikidata publishes its facts as latest-truthy.nt.gz as well, which is read." if "claims" in keys else ""
    return f"Write its facts flat: an object a row, with head, relation and tail, a name or an id each.{dump}"


def refuse_nested(frame: pandas.DataFrame, path: Path) -> None:
    """Refuse rows that hold lists and objects under names that say of none that it is head, relation or tail.

    Raises:
        DataError: they do, with the keys.
    """
    inner = [str(name) for name in frame.columns if isinstance(frame[name].iloc[0], (list, dict))]
    if inner:
        hint = flat_facts(frame.columns)
        raise DataError(
            f"JSON with lists and objects within its rows ({', '.join(inner[:4])})", expected="a triple a row", hint=hint,
            path=path, line=1,
        )  # fmt: skip


def _parsed(text: str, path: Path, line: int) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError):
            line += error.lineno - 1
        raise DataError(f"broken JSON ({error})", expected="a JSON object a row", path=path, line=line) from error
