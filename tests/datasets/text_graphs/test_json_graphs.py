"""The shapes of graphs in JSON, written by NetworkX or by hand as their programs document them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx
import pytest

from graphfm.datasets import import_text_graph
from graphfm.errors import DataError

NETWORK = networkx.Graph(name="club")
NETWORK.add_nodes_from((f"m{i}", {"text": f"member {i}", "team": "ab"[i % 2]}) for i in range(6))
NETWORK.add_edges_from(((f"m{i}", f"m{(i + 1) % 6}") for i in range(6)), weight=1.5)


def graphology(network: networkx.Graph) -> dict[str, Any]:
    nodes = [{"key": key, "attributes": values} for key, values in network.nodes(data=True)]
    edges = [{"source": a, "target": b, "attributes": values} for a, b, values in network.edges(data=True)]
    return {"attributes": {}, "options": {"type": "undirected"}, "nodes": nodes, "edges": edges}


def json_graph_format(network: networkx.Graph) -> dict[str, Any]:
    nodes = {key: {"label": key, "metadata": values} for key, values in network.nodes(data=True)}
    edges = [{"source": a, "target": b, "relation": "knows"} for a, b in network.edges]
    return {"graph": {"directed": False, "nodes": nodes, "edges": edges}}


@pytest.mark.parametrize(
    "write",
    [
        lambda network: networkx.node_link_data(network, edges="links"),
        networkx.adjacency_data,
        networkx.cytoscape_data,
        graphology,
        json_graph_format,
    ],
)
def test_a_graph_comes_back(write: Callable[[networkx.Graph], dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "club.json").write_text(json.dumps(write(NETWORK)))
    graph = import_text_graph(tmp_path / "club.json", label="team", kind="")
    assert dict(zip(graph.node_ids, graph.text, strict=True)) == {f"m{i}": f"member {i}" for i in range(6)}
    named = {frozenset(graph.node_ids[i] for i in pair) for pair in graph.edge_index.T.tolist()}
    assert named == {frozenset(edge) for edge in NETWORK.edges}
    assert not graph.directed
    assert [graph.class_names[y] for y in graph.y.tolist()] == ["a", "b"] * 3


@pytest.mark.parametrize(
    "content", [[], {"nodes": []}, {"graph": {}}, {"elements": {"nodes": [{}]}}, {"nodes": [1], "edges": [2]}]
)
def test_other_json_is_refused(content: Any, tmp_path: Path) -> None:
    (tmp_path / "club.json").write_text(json.dumps(content))
    with pytest.raises(DataError):
        import_text_graph(tmp_path / "club.json")
