"""Text graphs from and to NetworkX graphs and pairs of pandas frames."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from graphfm.datasets.text_graphs.graph import SPLITS, TextGraph
from graphfm.datasets.text_graphs.labels import Classes
from graphfm.datasets.text_graphs.tables import EdgeTable, NodeTable, assemble, choose, group_splits

if TYPE_CHECKING:
    import networkx
    import pandas


def from_networkx(
    graph: networkx.Graph,
    *,
    text: str = "text",
    label: str | None = None,
    kind: str | None = None,
    class_names: Sequence[str] | None = None,
    class_descriptions: Sequence[str] | None = None,
    directed: bool | None = None,
    name: str | None = None,
) -> TextGraph:
    """Text graph from any NetworkX graph.

    Args:
        graph: the graph. A node attribute ``split`` ("train", "val", "test") becomes the public split.
        text: node attribute with the text.
        label: node attribute with the class number or class name; "label" where some node has it.
        kind: edge attribute with the type of the edge; "type" where some edge has it.
        class_names: names of the classes; taken from the labels when left out.
        class_descriptions: a sentence a class.
        directed: whether edges have a direction; left out, they have where NetworkX says so.
        name: name of the graph; ``graph.name`` when left out.

    Raises:
        DataError: a node without a text, an edge without a type where others have one, a label outside the classes.
    """
    nodes = dict(graph.nodes(data=True))
    ends = [(_id(src), _id(dst)) for src, dst in graph.edges()]
    features = [values for *_, values in graph.edges(data=True)]
    fields = dict.fromkeys(field for values in nodes.values() for field in values)
    choose(fields, text, "text", what="text of a node")
    label = choose(fields, label, None if text == "label" else "label", what="label of a node")
    kind = choose(dict.fromkeys(field for values in features for field in values), kind, "type", what="type of an edge")
    return assemble(
        NodeTable(
            ids := [_id(node) for node in nodes],
            [values.get(text) for values in nodes.values()],
            [_plain(values.get(label)) for values in nodes.values()],
        ),
        EdgeTable(
            [src for src, _ in ends],
            [dst for _, dst in ends],
            [values.get(kind) for values in features] if kind else None,
        ),
        name=name or graph.name or "graph",
        directed=graph.is_directed() if directed is None else directed,
        classes=Classes.named(class_names, class_descriptions),
        splits=group_splits(ids, [values.get("split") for values in nodes.values()]),
    )


def to_networkx(graph: TextGraph) -> networkx.Graph:
    """NetworkX graph whose nodes, named by their ids, have ``text`` and, if known, ``label``, ``class`` and ``split``.

    Edge types become the edge attribute ``type``, in a multigraph.
    """
    import networkx

    single, multi = (
        (networkx.DiGraph, networkx.MultiDiGraph) if graph.directed else (networkx.Graph, networkx.MultiGraph)
    )
    kinds = _kinds(graph)
    out = (multi if kinds else single)(name=graph.name)
    for values in _node_rows(graph):
        out.add_node(values.pop("id"), **{field: value for field, value in values.items() if value is not None})
    ends = ([graph.node_ids[node] for node in end] for end in graph.edge_index.tolist())
    features = [{"type": kind} for kind in kinds] if kinds else [{} for _ in range(graph.num_edges)]
    out.add_edges_from(zip(*ends, features, strict=True))
    return out


def from_frames(
    nodes: pandas.DataFrame,
    edges: pandas.DataFrame,
    *,
    node_id: str = "id",
    text: str = "text",
    label: str | None = None,
    src: str = "src",
    dst: str = "dst",
    kind: str | None = None,
    class_names: Sequence[str] | None = None,
    class_descriptions: Sequence[str] | None = None,
    directed: bool = True,
    name: str = "graph",
) -> TextGraph:
    """Text graph from a frame of nodes and a frame of edges, one row each.

    Args:
        nodes: the nodes. A column ``split`` ("train", "val", "test") becomes the public split.
        edges: the edges.
        node_id: column of `nodes` with the ids.
        text: column of `nodes` with the texts.
        label: column of `nodes` with class numbers or class names; "label" where there is one.
        src: column of `edges` with the id of the source.
        dst: column of `edges` with the id of the destination.
        kind: column of `edges` with the type; "type" where there is one.
        class_names: names of the classes; taken from the labels when left out.
        class_descriptions: a sentence a class.
        directed: whether edges have a direction.
        name: name of the graph.

    Raises:
        DataError: a missing column, a repeated id, an edge to an unknown node, a label outside the classes.
    """
    for frame, column, what in (
        (nodes, node_id, "id of a node"),
        (nodes, text, "text of a node"),
        (edges, src, "source of an edge"),
        (edges, dst, "destination of an edge"),
    ):
        choose(frame.columns.tolist(), column, column, what=what)
    label = choose(nodes.columns.tolist(), label, "label", what="label of a node")
    kind = choose(edges.columns.tolist(), kind, "type", what="type of an edge")
    return assemble(
        NodeTable(
            ids := nodes[node_id].tolist(),
            [_plain(value) for value in nodes[text]],
            [_plain(value) for value in nodes[label]] if label else [None] * len(nodes),
        ),
        EdgeTable(edges[src].tolist(), edges[dst].tolist(), edges[kind].tolist() if kind else None),
        name=name,
        directed=directed,
        classes=Classes.named(class_names, class_descriptions),
        splits=group_splits(ids, [_plain(value) for value in nodes["split"]]) if "split" in nodes else None,
    )


def to_frames(graph: TextGraph) -> tuple[pandas.DataFrame, pandas.DataFrame]:
    """Frame of nodes (id, text, label, class, split) and frame of edges (src, dst and, where known, type)."""
    import pandas

    nodes = pandas.DataFrame(_node_rows(graph)).astype({"label": "Int64"})
    edges = pandas.DataFrame(
        {
            end: [graph.node_ids[node] for node in ids]
            for end, ids in zip(("src", "dst"), graph.edge_index.tolist(), strict=True)
        }
    )
    kinds = _kinds(graph)
    return nodes, edges.assign(type=kinds) if kinds else edges


def _node_rows(graph: TextGraph) -> list[dict[str, Any]]:
    split: list[str | None] = [None] * graph.num_nodes
    for key in SPLITS:
        for node in graph[f"{key}_mask"].nonzero().flatten().tolist() if f"{key}_mask" in graph else ():
            split[node] = key
    return [
        {
            "id": node_id,
            "text": text,
            "label": label if label >= 0 else None,
            "class": graph.class_names[label] if label >= 0 else None,
            "split": member,
        }
        for node_id, text, label, member in zip(graph.node_ids, graph.text, graph.y.tolist(), split, strict=True)
    ]


def _kinds(graph: TextGraph) -> list[str]:
    return [graph.edge_type_names[kind] for kind in graph.edge_type.tolist()] if "edge_type" in graph else []


def _id(node: object) -> int | str:
    """NetworkX nodes may be anything; what is no whole number goes by its written form."""
    return node if type(node) is int else str(node)


def _plain(value: Any) -> Any:
    """A cell without its library: None for the many ways to say missing, a whole number for one stored as float."""
    value = value.item() if hasattr(value, "item") else value
    if value is None or type(value).__name__ == "NAType" or (isinstance(value, float) and math.isnan(value)):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value
