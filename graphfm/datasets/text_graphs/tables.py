"""Where all readers meet: a table of nodes and a table of edges go in, a checked `TextGraph` comes out.

Ids are compared by their written form, because a CSV file cannot tell 7 from "7". Every complaint about a record says
where it came from, so readers hand over the file and the line of each record where they know them.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from graphfm.datasets.tables.notes import DataWarning
from graphfm.datasets.text_graphs.graph import SPLITS, TextGraph
from graphfm.datasets.text_graphs.labels import Classes, encode_labels, without_marks
from graphfm.datasets.text_graphs.markup import share_with_markup
from graphfm.datasets.text_graphs.records import NOTHING, EdgeTable, NodeTable
from graphfm.errors import DataError, did_you_mean


def assemble(
    nodes: NodeTable,
    edges: EdgeTable,
    *,
    name: str,
    directed: bool = True,
    classes: Classes | None = None,
    edge_types: Sequence[str] | None = None,
    splits: Mapping[str, Sequence[int | str]] | None = None,
    splits_path: Path | None = None,
    info: dict[str, Any] | None = None,
    remarks: Sequence[str] = (),
) -> TextGraph:
    """Makes the graph and warns of what is odd in it; the warnings are also kept in ``graph.info["warnings"]``.

    Args:
        nodes: the nodes, in order.
        edges: the edges, in order.
        name: name of the graph.
        directed: whether the direction of the edges means anything.
        classes: the classes; taken from the labels when left out.
        edge_types: names of the edge types; taken from the edges when left out.
        splits: node ids of "train", "val" and "test".
        splits_path: file the splits came from, for its errors.
        info: source, licence, ...
        remarks: warnings of the reader itself.

    Raises:
        DataError: the first record that is wrong, with its file and line.
    """
    index = _index_nodes(nodes)
    _check_texts(nodes)
    nodes, unlabelled = without_marks(nodes, classes)
    remarks = [*remarks, *unlabelled]
    y, classes = encode_labels(nodes, classes)
    edge_index = _encode_ends(edges, index)
    edge_type, edge_type_names = _encode_kinds(edges, edge_types)
    weights = None if edges.weights is None else [_weight(edges, i, value) for i, value in enumerate(edges.weights)]
    without = weights.count(None) if weights else 0
    if without:
        remarks = [*remarks, f"{without:,} edges without a weight are given 1"]
    graph = TextGraph(
        edge_index,
        name=name,
        text=nodes.texts,
        directed=directed,
        y=y,
        class_names=classes.names,
        class_descriptions=classes.descriptions,
        node_ids=nodes.ids,
        edge_type=edge_type,
        edge_type_names=edge_type_names,
        edge_weight=None
        if weights is None
        else torch.tensor([1.0 if w is None else w for w in weights], dtype=torch.float64),
        edge_text=edges.texts,
        info=info,
        **_encode_splits(splits or {}, index, splits_path),
    )
    return warn_of_oddities(graph, remarks)


def warn_of_oddities(graph: TextGraph, remarks: Sequence[str] = ()) -> TextGraph:
    """Warns of each of `remarks` and of what is odd in the graph, and keeps the list in ``info["warnings"]``."""
    for remark in [*remarks, *_oddities(graph)]:
        graph.info.setdefault("warnings", []).append(remark)
        warnings.warn(f"{graph.name}: {remark}", DataWarning, stacklevel=2)
    return graph


def _index_nodes(nodes: NodeTable) -> dict[str, int]:
    index: dict[str, int] = {}
    for i, key in enumerate(nodes.ids):
        if type(key) not in (int, str) or key == "":
            raise nodes.error(i, f"the id {key!r}", expected="a whole number or a string that is not empty")
        if index.setdefault(str(key), i) != i:
            before = index[str(key)]
            where = f"on line {nodes.lines[before]}" if nodes.lines is not None else f"at node {before}"
            raise nodes.error(i, f"the id {key!r} again, first {where}", expected="an id of its own for every node")
    return index


def _check_texts(nodes: NodeTable) -> None:
    for i, text in enumerate(nodes.texts):
        if not isinstance(text, str):
            found = f"{text!r} as the text of node {nodes.ids[i]!r}"
            raise nodes.error(i, found, expected="a string", hint='Use "" for no text.')
        try:
            text.encode()
        except UnicodeEncodeError:
            found = f"half of a surrogate pair in the text of node {nodes.ids[i]!r}"
            raise nodes.error(i, found, expected="characters that UTF-8 can hold") from None


def _encode_ends(edges: EdgeTable, index: dict[str, int]) -> Tensor:
    """Places of the ends of each edge, (2, E)."""
    try:
        ends = [[index[str(key)] for key in keys] for keys in (edges.src, edges.dst)]
    except KeyError:
        pairs = enumerate(zip(edges.src, edges.dst, strict=True))
        i, pair = next((i, pair) for i, pair in pairs if any(str(key) not in index for key in pair))
        unknown = next(key for key in pair if str(key) not in index)
        found = f"the unknown node {unknown!r} in the edge {pair[0]} -> {pair[1]}"
        raise edges.error(i, found, expected="the ids of two nodes") from None
    return torch.tensor(ends, dtype=torch.int64)


def _encode_kinds(edges: EdgeTable, names: Sequence[str] | None) -> tuple[Tensor | None, list[str]]:
    if edges.kinds is None:
        return None, []
    for i, kind in enumerate(edges.kinds):
        if not isinstance(kind, str) or not kind.strip():
            raise edges.error(i, f"the type {kind!r} of edge {i}", expected="a name")
    names = sorted(set(edges.kinds)) if names is None else names
    place = {name: i for i, name in enumerate(names)}
    for i, kind in enumerate(edges.kinds):
        if kind not in place:
            raise edges.error(i, f"the type {kind!r} of edge {i}", expected=f"one of {', '.join(map(str, names))}")
    return torch.tensor([place[kind] for kind in edges.kinds], dtype=torch.int64), list(names)


def _weight(edges: EdgeTable, i: int, value: object) -> float | None:
    """The weight of an edge; None where it has none."""
    weight = as_weight(value)
    if weight is None and value is not None and value != "":
        hint = "Where the column holds no weights, rename it, or leave it out: --edge-weight ''."
        raise edges.error(i, f"the weight {value!r} of edge {i}", expected="a finite number", hint=hint)
    return weight


def as_weight(value: object) -> float | None:
    """A finite number, also one that is written; None for anything else.

    >>> as_weight("2.50"), as_weight(3), as_weight("high"), as_weight(True), as_weight("nan")
    (2.5, 3.0, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _encode_splits(
    splits: Mapping[str, Sequence[int | str]], index: dict[str, int], path: Path | None
) -> dict[str, Any]:
    masks = {}
    home: dict[str, str] = {}
    for split, ids in splits.items():
        if split not in SPLITS:
            raise DataError(f"the split {split!r}", expected="train, val and test", path=path)
        mask = torch.zeros(len(index), dtype=torch.bool)
        for key in map(str, ids):
            if key not in index:
                raise DataError(f"the unknown node {key!r} in split {split}", expected="the id of a node", path=path)
            if home.setdefault(key, split) != split:
                found = f"node {key!r} in {home[key]} and in {split}"
                raise DataError(found, expected="each node in one split at most", path=path)
            mask[index[key]] = True
        masks[f"{split}_mask"] = mask
    return masks


def _oddities(graph: TextGraph) -> list[str]:
    empty = sum(not text.strip() for text in graph.text)
    counts = {
        "nodes have an empty text": empty,
        "self loops dropped": graph.info.get("self_loops", 0),
        "repeated edges dropped": graph.info.get("duplicate_edges", 0),
        "of them had another weight or text than the first, which is kept": graph.info.get("differing_edges", 0),
    }
    found = [f"{count:,} {what}" for what, count in counts.items() if count]
    if lacking := sum(text.strip() in NOTHING for text in graph.text):
        shown = next(text.strip() for text in graph.text if text.strip() in NOTHING)
        found.append(f"{lacking:,} texts are {shown!r} or the like: where that stands for no text, make them empty")
    if not graph.num_edges:
        found.append("no edges")
    if (marked := share_with_markup(graph.text)) > 0.05 * graph.num_nodes:
        hint = "`graphfm datasets import ... --strip-html` leaves the words"
        found.append(f"{marked:,} of {graph.num_nodes:,} texts hold markup (HTML): {hint}")
    shared = Classes(graph.class_names).shared_names()
    if shared:
        found.append(f"classes share a name ({', '.join(shared)}): what reads names alone cannot tell them apart")
    if graph.num_classes and all(name.isdecimal() for name in graph.class_names):
        found.append("the classes have numbers for names: zero-shot classification needs words")
    if graph.num_classes and not graph.labelled.any():
        found.append(f"no node has a label, though there are {graph.num_classes} classes")
    elif int(graph.labelled.sum()) > 1 and len(graph.y[graph.labelled].unique()) == 1:
        found.append("all labelled nodes are of one class: accuracy says nothing about a method here")
    return found


def choose(available: Collection[str], asked: str | None, usual: str | None, *, what: str) -> str | None:
    """The column or attribute to read: `asked` must be there; with nothing asked, `usual` if it is there, else None."""
    if asked is not None and asked not in available:
        raise DataError(
            f"no {asked!r} among {', '.join(map(str, available)) or 'none'}",
            expected=f"the {what}",
            hint=did_you_mean(asked, map(str, available), quoted=True) or f"Say where the {what} is.",
        )
    return asked or (usual if usual in available else None)
