"""Whatever a text graph is turned into, it comes back the same: folder, PyG, NetworkX, pandas."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfm.datasets import (
    TextGraph,
    from_frames,
    from_networkx,
    from_pyg,
    read_folder,
    to_frames,
    to_networkx,
    to_pyg,
    write_folder,
)

pytestmark = pytest.mark.filterwarnings("ignore::graphfm.datasets.DataWarning")

characters = st.characters(exclude_categories=["Cs"])  # halves of surrogate pairs are no text
names = st.text(characters, min_size=1, max_size=4).filter(str.strip)


@st.composite
def graphs(draw) -> TextGraph:
    """Any small text graph: odd ids, odd texts, edges typed, weighted, described or not, directed or not, labelled or not, split
    or not.
    """
    num_nodes = draw(st.integers(1, 6))
    one_each = {"min_size": num_nodes, "max_size": num_nodes}
    ids = draw(st.lists(st.one_of(st.integers(-5, 5), names), unique_by=str, **one_each))
    classes = draw(st.lists(names, unique=True, max_size=3))
    kinds = draw(st.lists(names, unique=True, max_size=3))
    node = st.integers(0, num_nodes - 1)
    edges = draw(st.lists(st.tuples(node, node), max_size=8))
    split = torch.tensor(draw(st.lists(st.integers(0, 3), **one_each)))
    masks = {f"{key}_mask": split == i for i, key in enumerate(("train", "val", "test")) if (split == i).any()}
    edge_type = draw(st.lists(st.integers(0, max(len(kinds) - 1, 0)), min_size=len(edges), max_size=len(edges)))
    each = {"min_size": len(edges), "max_size": len(edges)}
    weights = draw(st.none() | st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), **each))
    return TextGraph(
        torch.tensor(edges, dtype=torch.long).reshape(-1, 2).T,
        name=draw(names),
        text=draw(st.lists(st.text(characters, max_size=9), **one_each)),
        directed=draw(st.booleans()),
        y=torch.tensor(draw(st.lists(st.integers(-1, len(classes) - 1), **one_each))),
        class_names=classes,
        class_descriptions=draw(st.lists(names, min_size=len(classes), max_size=len(classes))),
        node_ids=ids,
        edge_type=torch.tensor(edge_type, dtype=torch.long) if kinds else None,
        edge_type_names=kinds,
        edge_weight=None if weights is None else torch.tensor(weights, dtype=torch.float64),
        edge_text=draw(st.none() | st.lists(st.text(characters, max_size=4), **each)),
        info={"licence": draw(names)},
        **masks,
    )


def edge_set(graph: TextGraph) -> set[tuple]:
    """Edges by id, with type name, weight and text; those of an undirected graph in both directions."""
    nothing = [None] * graph.num_edges
    columns = [graph.edge_columns().get(name, nothing) for name in ("type", "weight", "text")]
    edges = {*zip(*graph.edge_index.tolist(), *columns, strict=True)}
    return edges if graph.directed else edges | {(dst, src, *more) for src, dst, *more in edges}


def assert_same(one: TextGraph, two: TextGraph, *, exactly: bool) -> None:
    """`exactly`: also the order of edges, the edge types that no edge has, and what describes the graph."""
    keys = ["name", "directed", "text", "node_ids", "class_names", "y", "train_mask", "val_mask", "test_mask"]
    if exactly:
        keys += ["edge_index", "edge_type", "edge_type_names", "edge_weight", "edge_text", "class_descriptions"]
    for key in keys:
        assert (key in one) == (key in two), key
        if key in one:
            equal = torch.equal if isinstance(one[key], torch.Tensor) else lambda a, b: a == b
            assert equal(one[key], two[key]), key
    assert edge_set(one) == edge_set(two)


@given(graphs())
@settings(max_examples=60)
def test_folder(graph):
    with tempfile.TemporaryDirectory() as room:
        back = read_folder(write_folder(graph, Path(room, "graph")))
    assert_same(graph, back, exactly=True)
    assert back.info["licence"] == graph.info["licence"]


@given(graphs())
@settings(max_examples=60)
def test_pyg(graph):
    data = to_pyg(graph)
    assert type(data).__name__ == "Data"
    if not graph.directed:
        assert data.is_undirected()
    assert_same(graph, from_pyg(data), exactly=True)


@given(graphs())
@settings(max_examples=60)
def test_networkx(graph):
    for key, value in list(enumerate(graph.node_ids)):
        graph.node_ids[key] = value if isinstance(value, int) else f"n{value}"
    network = to_networkx(graph)
    assert network.is_directed() == graph.directed
    assert network.number_of_edges() == graph.num_edges
    assert_same(graph, from_networkx(network, class_names=graph.class_names), exactly=False)


@given(graphs())
@settings(max_examples=60)
def test_frames(graph):
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        nodes, edges = to_frames(graph)
    assert (len(nodes), len(edges)) == (graph.num_nodes, graph.num_edges)
    back = from_frames(nodes, edges, class_names=graph.class_names, directed=graph.directed, name=graph.name)
    assert_same(graph, back, exactly=False)


def test_a_carriage_return_in_a_name_survives(tmp_path):
    edges = torch.tensor([[0, 1], [1, 0]])
    names = {"node_ids": ["a\rb", "c"], "edge_type": torch.tensor([0, 1]), "edge_type_names": ["r", "r\r"]}
    graph = TextGraph(edges, name="odd", text=["", ""], directed=True, **names)
    assert_same(graph, read_folder(write_folder(graph, tmp_path / "odd")), exactly=True)
