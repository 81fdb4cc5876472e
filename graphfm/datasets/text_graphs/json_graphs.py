"""The shapes that graphs have in JSON: node-link (NetworkX, D3), adjacency, Cytoscape, graphology, JSON Graph Format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphfm.datasets.tables.json_rows import flat_facts
from graphfm.datasets.text_graphs.records import ENDS

if TYPE_CHECKING:
    import networkx

SHAPES = "node-link JSON, or that of Cytoscape, graphology, JSON Graph Format or networkx.adjacency_data"


GRAPHSON = (
    "GraphSON of TinkerPop",
    "Write GraphML instead: g.io('FILE.graphml').with(IO.writer, IO.graphml).write().",
)


def other_shape(content: Any) -> tuple[str, str] | None:
    """What JSON seems to be that holds no graph which is read, and what to do; None for nothing known."""
    first = content[0] if isinstance(content, list) and content else content
    if not isinstance(first, dict):
        return None
    lists = [key for key in first if isinstance(first[key], list)]
    cytoscape = "Export it from Cytoscape as GraphML or Cytoscape.js JSON."
    papers = (
        "Write the records as nodes.jsonl (id, text), and who links to whom as edges.csv (source,target), in a folder."
    )
    shapes = (
        ({"@context", "@graph", "@id"} & first.keys(), "other JSON", "It looks like JSON-LD: name it .jsonld."),
        (str(first.get("@type")).startswith("tinker:") or {"vertices", "edges"} <= first.keys(), *GRAPHSON),
        ({"CXVersion", "numberVerification"} & first.keys(), "a network of Cytoscape", cytoscape),
        ("graphs" in lists, "several graphs", "Write one to a file: an object with the key graph."),
        ({"relationships", "triplets", "claims"} & first.keys(), "JSON of records within records", flat_facts(first)),
        (lists and isinstance(content, list), f"records that hold lists ({', '.join(lists[:3])})", papers),
    )
    return next(((found, hint) for fits, found, hint in shapes if fits), None)


def graph_of_json(content: Any) -> networkx.Graph | None:
    """The graph, or None for JSON of another shape.

    Raises:
        ValueError, KeyError, TypeError, networkx.NetworkXError: parts of a graph that is not whole.
    """
    import networkx

    content = _without_elements(content)
    if not isinstance(content, dict):
        return None
    graph = content.get("graph")
    if isinstance(content.get("nodes"), list) and isinstance(content.get("adjacency"), list):
        return networkx.adjacency_graph({"directed": False, "multigraph": False, "graph": []} | content)
    if isinstance(graph, dict) and isinstance(graph.get("nodes"), dict | list):  # JSON Graph Format, 2 and 1
        if graph.get("hyperedges"):
            raise ValueError("hyperedges; write a node for each, with an edge to each of its nodes")
        items = graph["nodes"].items() if isinstance(graph["nodes"], dict) else ((n["id"], n) for n in graph["nodes"])
        nodes = [{"id": key} | _flat(node, "metadata") for key, node in items]
        edges = [_flat(edge, "metadata") for edge in graph.get("edges", [])]
        return _node_link({"directed": bool(graph.get("directed")), "nodes": nodes, "edges": edges})
    if isinstance(content.get("nodes"), list) and {"links", "edges"} & content.keys():
        return _node_link(content)
    return None


def _without_elements(content: Any) -> Any:
    """Cytoscape's JSON, whose elements stand in two lists or in one, as node-link; other JSON as it is."""
    if isinstance(content, list) and content and all(isinstance(one, dict) and "data" in one for one in content):
        content = {"elements": content}
    elements = content.get("elements") if isinstance(content, dict) else None
    if isinstance(elements, list):
        links = [one for one in elements if {"source", "target"} <= one["data"].keys()]
        elements = {"nodes": [one for one in elements if one not in links], "edges": links}
    if not isinstance(elements, dict) or not isinstance(elements.get("nodes"), list):
        return content
    return content | {part: [item["data"] for item in elements.get(part, [])] for part in ("nodes", "edges")}


def _node_link(content: dict[str, Any]) -> networkx.Graph:
    import networkx

    edges = "links" if "links" in content else "edges"
    # graphology, G6 and others keep what they know of a node or an edge in an object of its own.
    nodes, links = ([_flatter(item) for item in content[part]] for part in ("nodes", edges))
    links = [dict(zip(("source", "target"), one, strict=True)) if _is_pair(one) else one for one in links]
    for item in (*nodes, *links):
        if not isinstance(item, dict):
            raise TypeError(f"a node or an edge that is {str(item)[:40]!r}, no object")
    if nodes and "id" not in nodes[0]:
        keys = (key for key in ("key", "name") if len({str(node.get(key)) for node in nodes}) == len(nodes))
        key = next((key for key in keys if all(key in node for node in nodes)), None)
        nodes = [{"id": node[key] if key else i, **node} for i, node in enumerate(nodes)]
    directed = _graphology(content, links)
    links = _by_id([_with_ends(link) for link in links], [node["id"] for node in nodes])
    made = {"directed": directed, "multigraph": False, "graph": {}} | content | {"nodes": nodes, edges: links}
    return networkx.node_link_graph(made, edges=edges)


def _is_pair(item: Any) -> bool:
    return isinstance(item, list) and len(item) == 2 and not any(isinstance(end, list | dict) for end in item)


def _graphology(content: dict[str, Any], links: list[dict[str, Any]]) -> bool:
    """Whether graphology's options say that edges have a direction; where some have none, `links` gains their other way."""
    options = content.get("options")
    kind = options.get("type") if isinstance(options, dict) else None
    if kind == "mixed":
        links += [
            link | {"source": link["target"], "target": link["source"]} for link in links if link.get("undirected")
        ]
    return kind in ("directed", "mixed")


def _with_ends(link: dict[str, Any]) -> dict[str, Any]:
    """A link whose ends are called source and target, whatever they are called."""
    if {"source", "target"} <= link.keys():
        return link
    ends = next((pair for pair in ENDS if all(name in link for name in pair)), None)
    if ends is None:
        raise KeyError(f"no source and target in the link {str(link)[:60]}")
    rest = {key: value for key, value in link.items() if key not in ends}
    return {"source": link[ends[0]], "target": link[ends[1]]} | rest


def _by_id(links: list[dict[str, Any]], ids: list[Any]) -> list[dict[str, Any]]:
    """The links by the ids of nodes; where they have the numbers of nodes for ends (D3), by those.

    Raises:
        ValueError: two nodes of one id, or an end that is no node.
    """
    place = {str(key): i for i, key in enumerate(ids)}
    if len(place) < len(ids):
        twice = next(key for i, key in enumerate(ids) if place[str(key)] != i)
        raise ValueError(f"two nodes with the id {twice!r}")
    # D3 puts the nodes themselves in place of their ids once it has drawn them.
    links = [link | {end: _id_of(link[end]) for end in ("source", "target")} for link in links]
    ends = [end for link in links for end in (link["source"], link["target"])]
    if odd := next((end for end in ends if isinstance(end, dict | list)), None):
        raise ValueError(f"a link whose end is {str(odd)[:40]!r}, where the id of a node is expected")
    lost = [end for end in ends if str(end) not in place]
    if lost and not all(type(end) is int and 0 <= end < len(ids) for end in ends):
        raise ValueError(f"a link to {lost[0]!r}, which is no node")
    of = (lambda end: ids[end]) if lost else (lambda end: ids[place[str(end)]])
    return [link | {"source": of(link["source"]), "target": of(link["target"])} for link in links]


def _id_of(end: Any) -> Any:
    return end["id"] if isinstance(end, dict) and "id" in end else end


def _flatter(item: Any) -> Any:
    for inner in ("attributes", "data", "properties"):
        item = _flat(item, inner)
    return item


def _flat(item: Any, inner: str) -> Any:
    """An object with those of its inner object beside its own, which come first."""
    if not isinstance(item, dict) or not isinstance(item.get(inner), dict):
        return item
    return item[inner] | {key: value for key, value in item.items() if key != inner}
