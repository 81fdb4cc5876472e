"""A table whose rows are JSON objects: JSON lines, or one JSON list; plain or compressed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas

from graphfm.datasets.tables.unpacking import blocks, plain_name
from graphfm.errors import DataError

_LINES = (".jsonl", ".ndjson")
ENDINGS = (*_LINES, ".json")


def first_names(path: Path) -> list[str]:
    """The keys of the first row; none where a file is no such table.

    Raises:
        DataError: bytes that are no text, a damaged archive.
    """
    name = plain_name(path).lower()
    if not name.endswith(ENDINGS) or not path.is_file():
        return []
    start = next(blocks(path, size=1 << 16), b"").decode().lstrip()
    if name.endswith(".json"):
        if not start.startswith("["):
            return []
        start = start[1:].lstrip()
    try:
        row, _ = json.JSONDecoder().raw_decode(start)
    except (ValueError, RecursionError):
        return []
    return [*row] if isinstance(row, dict) else []


def objects(path: Path, encoding: str | None = None) -> list[tuple[int, dict[str, Any]]]:
    """The objects of JSON lines, or of a JSON list, with the line of each (of a list its number).

    Raises:
        DataError: broken JSON, or a row that is no object, with its line.
    """
    text = b"".join(blocks(path, encoding=encoding)).decode()
    if text.lstrip()[:1] == "[":
        rows = [*enumerate(_parsed(text, path, 1), 1)]
    else:
        rows = [(n, _parsed(line, path, n)) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    for line, row in rows:
        if not isinstance(row, dict):
            raise DataError(f"a row that is a {type(row).__name__}", expected="a JSON object", path=path, line=line)
    return rows


def read_json_rows(path: Path, encoding: str | None = None) -> tuple[pandas.DataFrame, np.ndarray]:
    """The rows, and the line of each (of a JSON list its number). Values stay as they are written; an absent one is NaN.

    Raises:
        DataError: as `objects` does.
    """
    rows = objects(path, encoding)
    return pandas.DataFrame([row for _, row in rows], dtype=object), np.array([n for n, _ in rows], dtype=np.int32)


def _parsed(text: str, path: Path, line: int) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError):
            line += error.lineno - 1
        raise DataError(f"broken JSON ({error})", expected="a JSON object a row", path=path, line=line) from error
