"""From nodes and edges with attributes of any name to a text graph: which attribute is what is asked for, or certain.

Every reader of graph files ends here. What is taken for id, text, class and type is said in ``graph.info["columns"]``; an
attribute that is not used is named in ``graph.info["left_out"]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphfm.datasets.text_graphs.graph import TextGraph
from graphfm.datasets.text_graphs.labels import Classes, is_several
from graphfm.datasets.text_graphs.markup import plain_text
from graphfm.datasets.text_graphs.node_splits import splits_of
from graphfm.datasets.text_graphs.records import EdgeTable, NodeTable, listed, plain_value
from graphfm.datasets.text_graphs.tables import as_weight, assemble, choose
from graphfm.errors import DataError, did_you_mean

#: Attributes that hold texts and nothing else; one of them among the attributes is certain, two leave a choice.
TEXT_NAMES = (
    "text", "texts", "raw_text", "raw_texts", "content", "body", "abstract", "description", "document", "node_text", "full_text",
)  # fmt: skip
CLASS_NAMES = ("label", "class", "y")
TYPE_NAMES = ("type", "edge_type", ":TYPE", "relation")
WEIGHT_NAMES = ("weight", "edge_weight", "weights")
_DIRECTIONS = {"directed", "undirected", "mutual"}


@dataclass
class Source:
    """Nodes and edges as a file has them.

    Args:
        ids: of the nodes.
        fields: attributes of the nodes by name, one value a node, None where a node has none.
        src, dst: ids of the ends of each edge.
        edge_fields: attributes of the edges.
        directed: whether edges have a direction, as far as the file says.
        display: attributes that only name a node: no class, unless asked for.
        path, node_lines, edges_path, edge_lines: where it all stands.
        beside: further tables in the same folder, which are not read.
    """

    ids: Sequence[Any]
    fields: dict[str, Sequence[Any]]
    src: Sequence[Any]
    dst: Sequence[Any]
    edge_fields: dict[str, Sequence[Any]] = field(default_factory=dict)
    directed: bool = True
    name: str = "graph"
    display: tuple[str, ...] = ()
    id_name: str = "id"
    path: Path | None = None
    node_lines: Sequence[int] | None = None
    edges_path: Path | None = None
    edge_lines: Sequence[int] | None = None
    beside: Sequence[str] = ()


@dataclass(frozen=True)
class Chosen:
    """What the user said of a graph's attributes; what is None is seen from them, or asked for.

    Args:
        text: attribute with the texts; ``id`` makes the ids the texts, ``title+abstract`` joins two.
        label: attribute with the classes; "" for none.
        kind: attribute of the edges with their type; "" for none.
        weight, edge_text: attributes of the edges with their weight and their text; "" for none.
        strip_html: take the words out of HTML.
        fill_texts: give nodes without a text an empty one.
    """

    text: str | None = None
    label: str | None = None
    kind: str | None = None
    directed: bool | None = None
    name: str | None = None
    classes: Classes | None = None
    weight: str | None = None
    edge_text: str | None = None
    strip_html: bool = False
    fill_texts: bool = False


def graph_of(source: Source, chosen: Chosen) -> TextGraph:
    """The text graph of a source.

    Raises:
        DataError: no attribute that is certain to hold the texts, nodes without one, several classes for a node, or what
            `tables.assemble` refuses.
    """
    texts, said = _texts(source, chosen)
    label, remarks = _label(source, chosen)
    kind = _kind(source, chosen)
    edge_text = _of_edges(source, chosen.edge_text, TEXT_NAMES, "text")
    weight = _of_edges(source, chosen.weight, WEIGHT_NAMES, "weight")
    if weight and chosen.weight is None and (odd := _no_weight(source.edge_fields[weight])) is not None:
        remarks.append(f"{weight!r} of edges holds {odd!r}: left out, for weights are numbers")
        weight = None
    if source.beside:
        remarks.append(
            f"not read: {listed(source.beside)}; labels and splits are columns of the nodes, names of classes in classes.json"
        )
    ids = [plain_value(key) for key in source.ids]
    directed = source.directed if chosen.directed is None else chosen.directed
    if chosen.directed is None and (found := _directions(source)) is not None:
        directed = found
    splits, of_splits = splits_of(source.fields, NodeTable(ids, texts, [], path=source.path, lines=source.node_lines))
    used = {*said.split("+"), label, kind, *of_splits}
    told = ("Type", "type") if _directions(source) is not None else ()
    unused = {
        "nodes": [str(name) for name in source.fields if name not in used],
        "edges": [str(name) for name in source.edge_fields if name not in (kind, weight, edge_text, *told)],
    }
    values = [plain_value(value) for value in source.fields[label]] if label else [None] * len(ids)
    labels = [None if isinstance(value, str) and not value else value for value in values]
    graph = assemble(
        NodeTable(ids, texts, labels, path=source.path, lines=source.node_lines),
        EdgeTable(
            [plain_value(key) for key in source.src],
            [plain_value(key) for key in source.dst],
            list(source.edge_fields[kind]) if kind else None,
            [plain_value(value) for value in source.edge_fields[weight]] if weight else None,
            ["" if (words := _words(value)) is None else words for value in source.edge_fields[edge_text]]
            if edge_text
            else None,
            path=source.edges_path or source.path,
            lines=source.edge_lines,
        ),
        name=chosen.name or source.name,
        directed=directed,
        classes=chosen.classes,
        splits=splits,
        remarks=remarks,
    )
    parts = {
        "id": source.id_name,
        "text": said,
        "label": label,
        "edge type": kind,
        "edge weight": weight,
        "edge text": edge_text,
        "splits": ", ".join(of_splits),
    }
    graph.info["columns"] = ", ".join(f"{role} = {name}" for role, name in parts.items() if name)
    if left := [f"{listed(names)} of {what}" for what, names in unused.items() if names]:
        graph.info["left_out"] = "; ".join(left)
    return graph


def _texts(source: Source, chosen: Chosen) -> tuple[list[Any], str]:
    """The text of each node and the attributes it is made of."""
    fields, asked = source.fields, chosen.text
    if asked is None:
        found = [name for name in fields if str(name).casefold() in TEXT_NAMES and name not in source.display]
        plain = [name for name in found if str(name).casefold() == "text"]
        if len(plain or found) != 1:
            some = f"{', '.join(map(repr, found))} among " if found else "no 'text' among "
            near = did_you_mean("text", [str(name) for name in fields], quoted=True)
            hint = (
                near
                if near and not found
                else "Say which holds the texts: --text NAME, or --text id where the ids are the texts."
            )
            raise DataError(
                some + (", ".join(map(str, fields)) or "none"),
                expected="the text of a node",
                hint=hint,
                path=source.path,
            )
        asked = (plain or found)[0]
    if asked not in fields and asked in ("id", source.id_name):
        return [str(plain_value(key)) for key in source.ids], source.id_name
    names = [asked] if asked in fields else [name.strip() for name in asked.split("+")]
    names = [_spelled(fields, name) for name in names]
    for name in names:
        choose(fields, name, name, what="text of a node")
    columns = [[_words(value) for value in fields[name]] for name in names]
    texts = [
        None if all(one is None for one in some) else ". ".join(one for one in some if one)
        for some in zip(*columns, strict=True)
    ]
    lacking = [i for i, text in enumerate(texts) if text is None]
    if lacking and not chosen.fill_texts:
        line = source.node_lines[lacking[0]] if source.node_lines is not None else None
        raise DataError(
            f"None as the text of node {plain_value(source.ids[lacking[0]])!r}, and {len(lacking):,} of "
            f"{len(texts):,} nodes without one",
            expected="a text for every node",
            hint='Give them one, "" for none, or say --fill-texts (fill_texts=True), which does that.',
            path=source.path,
            line=line,
        )
    filled = ["" if text is None else text for text in texts]
    return [
        plain_text(text) if isinstance(text, str) else text for text in filled
    ] if chosen.strip_html else filled, "+".join(names)


def _words(value: Any) -> Any:
    """A text; None for the many ways to have none. What is no string stays what it is, to be refused by name."""
    value = plain_value(value)
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _label(source: Source, chosen: Chosen) -> tuple[str | None, list[str]]:
    """The attribute with the classes, and what is to be said of it."""
    if chosen.label == "":
        return None, []
    if chosen.label is not None:
        return choose(source.fields, _spelled(source.fields, chosen.label), None, what="label of a node"), []
    placed = ("y",) if "x" in source.fields else ()  # where a node is drawn
    found = [
        name for name in CLASS_NAMES if name in source.fields and name not in (*source.display, *placed, chosen.text)
    ]
    for name in found[:1]:
        values = [value for value in map(plain_value, source.fields[name]) if value is not None and value != ""]
        distinct = {str(value) for value in values}
        if (
            chosen.classes is None
            and len(values) > 2
            and len(distinct) == len(values)
            and not all(isinstance(value, int) for value in values)
            and not any(is_several(value, distinct) for value in values)
        ):
            return None, [
                f"{name!r} differs on every node: taken for names, not for classes (--label {name} makes it one)"
            ]
        return name, []
    return None, []


def _kind(source: Source, chosen: Chosen) -> str | None:
    if chosen.kind == "":
        return None
    if chosen.kind is not None:
        return choose(source.edge_fields, _spelled(source.edge_fields, chosen.kind), None, what="type of an edge")
    return next(
        (name for name in TYPE_NAMES if name in source.edge_fields and not _says_direction(source.edge_fields[name])),
        None,
    )


def _of_edges(source: Source, asked: str | None, usual: Sequence[str], what: str) -> str | None:
    """The attribute of edges that was asked for, else the one that is called so, where there is one alone."""
    fields = source.edge_fields
    if asked:
        return choose(fields, _spelled(fields, asked), None, what=f"{what} of an edge")
    found = [name for name in fields if str(name).casefold() in usual]
    return found[0] if asked is None and len(found) == 1 else None


def _no_weight(values: Sequence[Any]) -> Any:
    """The first value that is there and no number, None without one."""
    plain = map(plain_value, values)
    return next((value for value in plain if value is not None and value != "" and as_weight(value) is None), None)


def _says_direction(values: Sequence[Any]) -> bool:
    """Whether an attribute is Gephi's "Type": the direction of the edge."""
    return bool(values) and {str(value).casefold() for value in values} <= _DIRECTIONS


def _directions(source: Source) -> bool | None:
    """Whether edges have a direction, as Gephi's column "Type" says; None without one."""
    for name in ("Type", "type"):
        if name in source.edge_fields and _says_direction(source.edge_fields[name]):
            return any(str(value).casefold() == "directed" for value in source.edge_fields[name])
    return None


def _spelled(fields: dict[str, Any], name: str) -> str:
    """The attribute as it is spelled, where it was asked for in another case."""
    alike = [one for one in fields if str(one).casefold() == name.casefold()]
    return alike[0] if name not in fields and len(alike) == 1 else name
