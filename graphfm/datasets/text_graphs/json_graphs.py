"""The shapes that graphs have in JSON: node-link (NetworkX, D3), adjacency, Cytoscape, graphology, JSON Graph Format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import networkx

SHAPES = "node-link JSON, or that of Cytoscape, graphology, JSON Graph Format or networkx.adjacency_data"


def graph_of_json(content: Any) -> networkx.Graph | None:
    """The graph, or None for JSON of another shape.

    Raises:
        ValueError, KeyError, TypeError, networkx.NetworkXError: parts of a graph that is not whole.
    """
    import networkx

    if not isinstance(content, dict):
        return None
    elements, graph = content.get("elements"), content.get("graph")
    if isinstance(elements, dict) and isinstance(elements.get("nodes"), list):  # Cytoscape
        parts = [[item["data"] for item in elements.get(part, [])] for part in ("nodes", "edges")]
        return _node_link(content | {"nodes": parts[0], "edges": parts[1]})
    if isinstance(content.get("nodes"), list) and isinstance(content.get("adjacency"), list):
        return networkx.adjacency_graph({"directed": False, "multigraph": False, "graph": []} | content)
    if isinstance(graph, dict) and isinstance(graph.get("nodes"), dict):  # JSON Graph Format
        nodes = [{"id": key} | _flat(node, "metadata") for key, node in graph["nodes"].items()]
        edges = [_flat(edge, "metadata") for edge in graph.get("edges", [])]
        return _node_link({"directed": bool(graph.get("directed")), "nodes": nodes, "edges": edges})
    if isinstance(content.get("nodes"), list) and {"links", "edges"} & content.keys():
        return _node_link(content)
    return None


def _node_link(content: dict[str, Any]) -> networkx.Graph:
    import networkx

    edges = "links" if "links" in content else "edges"
    # graphology keeps what it knows of a node or an edge in an object of its own.
    nodes = [_flat(node, "attributes") for node in content["nodes"]]
    links = [_flat(edge, "attributes") for edge in content[edges]]
    for item in (*nodes, *links):
        if not isinstance(item, dict):
            raise TypeError(f"a node or an edge that is {str(item)[:40]!r}, no object")
    if nodes and "id" not in nodes[0]:
        key = next((key for key in ("key", "name") if all(key in node for node in nodes)), None)
        nodes = [{"id": node[key] if key else i, **node} for i, node in enumerate(nodes)]
    made = {"directed": False, "multigraph": False, "graph": {}} | content | {"nodes": nodes, edges: links}
    return networkx.node_link_graph(made, edges=edges)


def _flat(item: Any, inner: str) -> Any:
    """An object with those of its inner object beside its own, which come first."""
    if not isinstance(item, dict) or not isinstance(item.get(inner), dict):
        return item
    return item[inner] | {key: value for key, value in item.items() if key != inner}
