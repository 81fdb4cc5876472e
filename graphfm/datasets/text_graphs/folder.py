"""A text graph as a folder of plain files: ``nodes.jsonl``, ``edges.csv`` and, where wanted, three small JSON files.

nodes.jsonl[.gz]   one JSON object a line: "id" (number or string), "text", "label" (class id or name, null, left out)
edges.csv[.gz]     header ``src,dst``, and where known ``type``, ``weight``, ``text``, then one edge a line
classes.json       list of {"id": 0, "name": "...", "description": "...", "path": ["...", "..."]}; all but the name may be left
                   out; path, the names above a class in a tree, joins the description
splits.json[.gz]   {"train": [node ids], "val": [...], "test": [...]}
graph.json         {"name": "...", "directed": false, "edge_types": [...], "info": {...}}, every key optional
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphfm.datasets.text_graphs.csv_files import read_edges
from graphfm.datasets.text_graphs.graph import SPLITS, TextGraph
from graphfm.datasets.text_graphs.labels import Classes
from graphfm.datasets.text_graphs.records import NodeTable
from graphfm.datasets.text_graphs.tables import assemble
from graphfm.errors import DataError, nearest
from graphfm.files import (
    check_target,
    find,
    parse_json,
    read_json,
    read_text,
    replacing_folder,
    require,
    writable,
    write_lines,
)

FILES = {"nodes.jsonl", "edges.csv", "classes.json", "splits.json", "graph.json"}


def read_folder(folder: str | Path, *, directed: bool | None = None, name: str | None = None) -> TextGraph:
    """Reads and checks a text graph.

    Args:
        folder: where the files are.
        directed: whether edges have a direction; left out, ``graph.json`` says, else they have.
        name: name of the graph, else the one in ``graph.json``, else that of the folder.

    Raises:
        DataError: the first thing that is wrong, with file and line.

    Warns:
        DataWarning: empty texts, repeated edges, self loops, no edges, no labels.
    """
    folder = Path(folder)
    nodes_path, edges_path = require(folder, "nodes.jsonl"), require(folder, "edges.csv")
    about = _read_about(folder)
    classes = read_classes(folder)
    edges, remarks = read_edges(edges_path)
    splits, splits_path = _read_splits(folder)
    return assemble(
        _read_nodes(nodes_path),
        edges,
        name=name or about.get("name") or folder.resolve().name,
        directed=about.get("directed", True) if directed is None else directed,
        classes=classes,
        edge_types=about.get("edge_types"),
        splits=splits,
        splits_path=splits_path,
        info=about.get("info"),
        remarks=remarks,
    )


def _read_nodes(path: Path) -> NodeTable:
    ids, texts, labels, lines = [], [], [], []
    for line, row in enumerate(read_text(path).split("\n"), start=1):
        if not row.strip():
            continue
        node = parse_json(row, path, line=line, hint="Every line is one JSON object.")
        if not isinstance(node, dict):
            raise DataError(f"{row.strip()[:40]}", expected="a JSON object {...}", path=path, line=line)
        for key in ("id", "text"):
            if key not in node:
                raise DataError(
                    f"no {key!r} among {', '.join(node) or 'no keys'}", expected="id and text", path=path, line=line
                )
        if isinstance(node["id"], str) and not writable(node["id"]):
            raise DataError(f"the id {node['id']!r}", expected="a text that UTF-8 can write", path=path, line=line)
        ids.append(node["id"])
        texts.append(node["text"])
        labels.append(node.get("label"))
        lines.append(line)
    return NodeTable(ids, texts, labels, path=path, lines=lines)


def read_classes(folder: Path) -> Classes | None:
    """The classes of ``classes.json``, None where there is no such file."""
    path = find(folder, "classes.json")
    return None if path is None else read_classes_file(path)


def read_classes_file(path: Path) -> Classes:
    """The classes of a file like ``classes.json``.

    Raises:
        DataError: the first thing that is wrong in it.
    """
    entries = read_json(path)
    if not isinstance(entries, list):
        raise DataError(f"a {type(entries).__name__}", expected="a list of classes", path=path)
    ids, names, descriptions = [], [], []
    for place, entry in enumerate(entries):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not entry["name"].strip():
            raise DataError(f"{entry!r} as class {place}", expected='an object with a "name"', path=path)
        if not writable(entry["name"]):
            raise DataError(f"the name {entry['name']!r}", expected="a text that UTF-8 can write", path=path)
        for other in entry:  # keys of other programs may stand there, a mistyped one may not
            if meant := _meant(other, entry):
                found = f"the key {other!r} of class {entry['name']!r}"
                raise DataError(found, expected="id, name, description", hint=f"Did you mean {meant!r}?", path=path)
        key, description = entry.get("id", place), entry.get("description") or ""
        if type(key) is not int or key in ids:
            raise DataError(
                f"the id {key!r} of class {entry['name']!r}", expected="a whole number of its own", path=path
            )
        if not isinstance(description, str):
            raise DataError(f"{description!r} as description of {entry['name']!r}", expected="a string", path=path)
        above = _above(entry.get("path") or [], entry["name"], path)
        ids.append(key)
        names.append(entry["name"])
        descriptions.append(f"{above}. {description}".rstrip() if above else description)
    return Classes(names, descriptions, ids)


def _above(steps: Any, name: str, path: Path) -> str:
    """The classes above a class in words; the class itself, which a path may end with, is left out.

    >>> _above(["Artificial Intelligence", "Agents"], "Agents", Path())
    'Artificial Intelligence'
    """
    if not isinstance(steps, list) or not all(isinstance(step, str) for step in steps):
        raise DataError(f"{steps!r} as path of {name!r}", expected="a list of names", path=path)
    return ", ".join(steps[:-1] if steps[-1:] == [name] else steps)


def _meant(key: str, entry: dict[str, Any]) -> str:
    """The key of a class that `key` was meant to be, which the entry lacks; "" where `key` is right, or nothing like it."""
    lacking = {"id", "name", "description"} - set(entry)
    if key.casefold() in lacking:
        return key.casefold()
    return next(iter(nearest(key, ["description"], cutoff=0.75)), "") if "description" in lacking else ""


def _read_splits(folder: Path) -> tuple[dict[str, Any], Path | None]:
    path = find(folder, "splits.json")
    if path is None:
        return {}, None
    splits = read_json(path)
    if not isinstance(splits, dict) or not all(isinstance(ids, list) for ids in splits.values()):
        raise DataError("something else", expected='{"train": [node ids], "val": [...], "test": [...]}', path=path)
    return {"val" if split == "valid" else split: ids for split, ids in splits.items()}, path


def _read_about(folder: Path) -> dict[str, Any]:
    path = find(folder, "graph.json")
    if path is None:
        return {}
    about = read_json(path)
    kinds = {"name": str, "directed": bool, "edge_types": list, "info": dict}
    if not isinstance(about, dict):
        raise DataError(f"a {type(about).__name__}", expected="an object {...}", path=path)
    for key, value in about.items():
        if key not in kinds:
            raise DataError(f"the key {key!r}", expected=f"some of {', '.join(kinds)}", path=path)
        if not isinstance(value, kinds[key]):
            raise DataError(f"{value!r} as {key!r}", expected=f"a {kinds[key].__name__}", path=path)
        if isinstance(value, str) and not writable(value):
            raise DataError(f"{value!r} as {key!r}", expected="a text that UTF-8 can write", path=path)
    counts = {key: about.get("info", {}).get(key, 0) for key in ("self_loops", "duplicate_edges")}
    for key, value in counts.items():
        if type(value) is not int:
            raise DataError(f"{value!r} as {key!r} of info", expected="a whole number", path=path)
    if "info" in about:  # what is odd is found anew
        about["info"] = {key: value for key, value in about["info"].items() if key != "warnings"}
    return about


def check_writable(folder: Path, *, overwrite: bool) -> None:
    """Raises a `DataError` where `write_folder` would, before the work that makes the graph."""
    check_target(folder, overwrite=overwrite, ours=FILES | {f"{name}.gz" for name in FILES})


def write_folder(graph: TextGraph, folder: str | Path, *, overwrite: bool = False) -> Path:
    """Writes a text graph so that `read_folder` gives it back; the folder appears whole or not at all.

    Args:
        graph: the graph.
        folder: where to; new or empty.
        overwrite: replace a folder that holds a graph. One that holds anything else is left alone.

    Raises:
        DataError: the folder is in use, or `graph.info` holds what JSON cannot.
    """
    folder = Path(folder)
    check_writable(folder, overwrite=overwrite)
    with replacing_folder(folder) as room:
        write_lines(room / "nodes.jsonl.gz", _node_lines(graph))
        write_lines(room / "edges.csv.gz", _edge_lines(graph))
        for name, value in _small_files(graph).items():
            write_lines(room / name, [_dump(value)])
    return folder


def _dump(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, indent=1)
    except TypeError as error:
        raise DataError(f"a value in `info` that JSON cannot hold ({error})", expected="plain values") from error


def _node_lines(graph: TextGraph) -> Iterator[str]:
    for key, text, label in zip(graph.node_ids, graph.text, graph.y.tolist(), strict=True):
        node = {"id": key, "text": text, "label": label if label >= 0 else None}
        yield json.dumps(node, ensure_ascii=False)


def _edge_lines(graph: TextGraph) -> Iterator[str]:
    src, dst = ([graph.node_ids[node] for node in end] for end in graph.edge_index.tolist())
    columns = {"src": src, "dst": dst} | graph.edge_columns()
    buffer = io.StringIO()
    # Before Python 3.13 a lone carriage return is not seen as a reason to quote.
    odd = any("\r" in str(field) for column in columns.values() for field in column)
    writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL if odd else csv.QUOTE_MINIMAL)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    yield buffer.getvalue().rstrip("\n")


def _small_files(graph: TextGraph) -> dict[str, Any]:
    classes = enumerate(zip(graph.class_names, graph.class_descriptions, strict=True))
    about = {
        "name": graph.name,
        "directed": graph.directed,
        "info": {key: value for key, value in graph.info.items() if key != "warnings"},
    }
    if "edge_type" in graph:
        about["edge_types"] = graph.edge_type_names
    files: dict[str, Any] = {
        "classes.json": [{"id": i, "name": name, "description": text} for i, (name, text) in classes],
        "graph.json": about,
    }
    masks = {split: graph[f"{split}_mask"] for split in SPLITS if f"{split}_mask" in graph}
    if masks:
        files["splits.json"] = {
            split: [graph.node_ids[node] for node in mask.nonzero().flatten().tolist()] for split, mask in masks.items()
        }
    return files
