"""Text graphs from and to NetworkX graphs and pairs of pandas frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from graphfm.datasets.tables.whole import as_pandas
from graphfm.datasets.text_graphs.graph import SPLITS, TextGraph
from graphfm.datasets.text_graphs.labels import Classes
from graphfm.datasets.text_graphs.network_files import source_of
from graphfm.datasets.text_graphs.records import plain_value
from graphfm.datasets.text_graphs.sources import Chosen, Source, graph_of
from graphfm.datasets.text_graphs.tables import choose
from graphfm.errors import DataError

if TYPE_CHECKING:
    import networkx
    import pandas


def from_networkx(
    graph: networkx.Graph,
    *,
    text: str | None = None,
    label: str | None = None,
    kind: str | None = None,
    weight: str | None = None,
    edge_text: str | None = None,
    class_names: Sequence[str] | None = None,
    class_descriptions: Sequence[str] | None = None,
    directed: bool | None = None,
    name: str | None = None,
) -> TextGraph:
    """Text graph from any NetworkX graph.

    Args:
        graph: the graph. A node attribute ``split`` ("train", "val", "test") becomes the public split.
        text: node attribute with the text; where left out, "text", or another name that only texts have.
        label: node attribute with the class number or class name; "label" where some node has it.
        kind: edge attribute with the type of the edge; "type" where some edge has it.
        weight: edge attribute with its weight; "weight" where some edge has it.
        edge_text: edge attribute with its text; "text" or the like where some edge has it.
        class_names: names of the classes; taken from the labels when left out.
        class_descriptions: a sentence a class.
        directed: whether edges have a direction; left out, they have where NetworkX says so.
        name: name of the graph; ``graph.name`` when left out.

    Raises:
        DataError: a node without a text, an edge without a type where others have one, a label outside the classes.
    """
    chosen = Chosen(
        text,
        label,
        kind,
        directed,
        name or graph.name or "graph",
        Classes.named(class_names, class_descriptions),
        weight=weight,
        edge_text=edge_text,
    )
    return graph_of(source_of(graph, name="graph"), chosen)


def to_networkx(graph: TextGraph) -> networkx.Graph:
    """NetworkX graph whose nodes, named by their ids, have ``text`` and, if known, ``label``, ``class`` and ``split``.

    Weights and texts of edges become their ``weight`` and ``text``, types the ``type``, in a multigraph.
    """
    import networkx

    single, multi = (
        (networkx.DiGraph, networkx.MultiDiGraph) if graph.directed else (networkx.Graph, networkx.MultiGraph)
    )
    columns = graph.edge_columns()
    out = (multi if columns.get("type") else single)(name=graph.name)
    for values in _node_rows(graph):
        out.add_node(values.pop("id"), **{field: value for field, value in values.items() if value is not None})
    ends = ([graph.node_ids[node] for node in end] for end in graph.edge_index.tolist())
    features = [{name: values[i] for name, values in columns.items()} for i in range(graph.num_edges)]
    out.add_edges_from(zip(*ends, features, strict=True))
    return out


def from_frames(
    nodes: pandas.DataFrame,
    edges: pandas.DataFrame,
    *,
    node_id: str = "id",
    text: str | None = None,
    label: str | None = None,
    src: str = "src",
    dst: str = "dst",
    kind: str | None = None,
    weight: str | None = None,
    edge_text: str | None = None,
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
        text: column of `nodes` with the texts; where left out, "text", or another name that only texts have.
        label: column of `nodes` with class numbers or class names; "label" where there is one.
        src: column of `edges` with the id of the source.
        dst: column of `edges` with the id of the destination.
        kind: column of `edges` with the type; "type" where there is one.
        weight: column of `edges` with the weight; "weight" where there is one.
        edge_text: column of `edges` with the text; "text" or the like where there is one.
        class_names: names of the classes; taken from the labels when left out.
        class_descriptions: a sentence a class.
        directed: whether edges have a direction.
        name: name of the graph.

    Raises:
        DataError: a missing column, a repeated id, an edge to an unknown node, a label outside the classes.
    """
    nodes, edges = as_pandas(nodes), as_pandas(edges)
    for frame, column, what in (
        (nodes, node_id, "id of a node"),
        (edges, src, "source of an edge"),
        (edges, dst, "destination of an edge"),
    ):
        choose(frame.columns.tolist(), column, column, what=what)
    _check_ends(edges, src, dst)
    source = Source(
        nodes[node_id].tolist(),
        {str(column): nodes[column].tolist() for column in nodes.columns if column != node_id},
        edges[src].tolist(),
        edges[dst].tolist(),
        {str(column): edges[column].tolist() for column in edges.columns if column not in (src, dst)},
        directed=directed,
        id_name=node_id,
    )
    classes = Classes.named(class_names, class_descriptions)
    return graph_of(source, Chosen(text, label, kind, directed, name, classes, weight=weight, edge_text=edge_text))


def _check_ends(edges: pandas.DataFrame, src: str, dst: str) -> None:
    """Refuses an edge without an end, which pandas turns a column of numbers into floats for."""
    lacking = (edges[src].isna() | edges[dst].isna()).to_numpy().nonzero()[0].tolist()
    if lacking:
        shown = f"{plain_value(edges[src].iloc[lacking[0]])} -> {plain_value(edges[dst].iloc[lacking[0]])}"
        found = f"an edge without an end ({shown}) in row {lacking[0]}, and {len(lacking) - 1:,} more"
        raise DataError(found, expected="two ids in each row", hint="Drop the rows: edges.dropna().")


def to_frames(graph: TextGraph) -> tuple[pandas.DataFrame, pandas.DataFrame]:
    """Frame of nodes (id, text, label, class, split) and frame of edges (src, dst and, where known, type, weight, text)."""
    import pandas

    nodes = pandas.DataFrame(_node_rows(graph)).astype({"label": "Int64"})
    edges = pandas.DataFrame(
        {
            end: [graph.node_ids[node] for node in ids]
            for end, ids in zip(("src", "dst"), graph.edge_index.tolist(), strict=True)
        }
    )
    return nodes, edges.assign(**graph.edge_columns())


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
