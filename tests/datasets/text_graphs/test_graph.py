"""What `TextGraph` guarantees, what it refuses, and that PyG's own operations keep it whole."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch
from torch_geometric.data import Batch

from graphfm.datasets import TextGraph
from graphfm.errors import DataError

EDGES = torch.tensor([[0, 1, 0, 2, 3], [1, 0, 1, 2, 4]])


def make(**changes) -> TextGraph:
    values = {
        "name": "small",
        "text": ["red fox", "dog", "", "dog", "one two three"],
        "y": torch.tensor([0, 1, -1, 1, 4]),
        "class_names": list("abcde"),
        "node_ids": ["u", "v", "w", "x", "y"],
        "edge_type": torch.tensor([0, 1, 0, 0, 1]),
        "edge_type_names": ["cites", "likes"],
        "train_mask": torch.tensor([True, False, False, False, False]),
        "info": {"source": "here"},
        "edge_index": EDGES,
    }
    return TextGraph(**(values | changes))


def test_loops_and_repeats_are_dropped_and_counted():
    graph = make()
    assert graph.edge_index.tolist() == [[0, 1, 3], [1, 0, 4]]
    assert graph.edge_type.tolist() == [0, 1, 1]
    assert graph.info == {"source": "here", "self_loops": 1, "duplicate_edges": 1}
    untyped = make(edge_type=None, edge_type_names=(), directed=False)
    assert untyped.edge_index.tolist() == [[0, 3], [1, 4]]
    assert "edge_type" not in untyped


def test_defaults_are_no_labels_and_counted_ids():
    graph = TextGraph(EDGES, text=list("abcde"))
    assert graph.y.tolist() == [-1] * 5
    assert not graph.labelled.any()
    assert graph.node_ids == [0, 1, 2, 3, 4]
    assert graph.num_classes == 0
    assert graph.num_nodes == 5


def test_undirected_edges_are_cached_until_the_edges_change():
    graph = make()
    both = graph.undirected_edge_index()
    assert both.tolist() == [[1, 0, 4, 3], [0, 1, 3, 4]]
    assert graph.undirected_edge_index() is both
    graph.edge_index = graph.edge_index[:, :1]
    assert graph.undirected_edge_index().tolist() == [[1, 0], [0, 1]]


def test_statistics():
    assert make().statistics() == {
        "nodes": 5,
        "directed_edges": 3,
        "undirected_edges": 2,
        "classes": 5,
        "isolated": 1,
        "unlabelled": 1,
        "edge_homophily": 0.0,
        "empty_texts": 1,
        "repeated_texts": 1,
        "words_median": 1,
        "words_95": 3,
    }
    bare = TextGraph(torch.empty(2, 0, dtype=torch.long), text=["", ""], directed=False).statistics()
    assert bare["edge_homophily"] is None
    assert bare["directed_edges"] is None
    assert bare["repeated_texts"] == 0


def test_repr_is_one_line():
    assert repr(make()) == "TextGraph('small', nodes=5, edges=3 directed, classes=5, labelled=4)"
    assert repr(TextGraph()) == "TextGraph()"


@pytest.mark.parametrize(
    "subset", [torch.tensor([True, True, False, False, True]), torch.tensor([0, 1, 4])], ids=["mask", "index"]
)
def test_subgraph_takes_nodes_and_leaves_classes(subset):
    part = make().subgraph(subset)  # as many classes as nodes: length alone cannot tell the two lists apart
    assert part.text == ["red fox", "dog", "one two three"]
    assert part.node_ids == ["u", "v", "y"]
    assert part.y.tolist() == [0, 1, 4]
    assert part.train_mask.tolist() == [True, False, False]
    assert part.class_names == list("abcde")
    assert part.edge_index.tolist() == [[0, 1], [1, 0]]
    assert part.edge_type.tolist() == [0, 1]
    assert part.num_nodes == 3
    assert part.undirected_edge_index().tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    "operation",
    [
        lambda graph: graph.clone(),
        copy.copy,
        copy.deepcopy,
        lambda graph: pickle.loads(pickle.dumps(graph)),
        lambda graph: graph.to("cpu"),
        lambda graph: graph.contiguous(),
        lambda graph: Batch.from_data_list([graph])[0],
    ],
    ids=["clone", "copy", "deepcopy", "pickle", "to", "contiguous", "batch"],
)
def test_pyg_operations_keep_everything(operation):
    graph = make()
    both = graph.undirected_edge_index()
    same = operation(graph)
    assert type(same).__name__ == "TextGraph"
    assert repr(same) == repr(graph)
    for key in ("text", "node_ids", "class_names", "class_descriptions", "edge_type_names", "info", "directed"):
        assert same[key] == graph[key]
    for key in ("y", "edge_index", "edge_type", "train_mask"):
        assert torch.equal(same[key], graph[key])
    assert torch.equal(same.undirected_edge_index(), both)


def test_a_clone_is_independent():
    graph = make()
    clone = graph.clone()
    clone.y[0] = 3
    clone.edge_index = clone.edge_index[:, :0]
    assert graph.y[0] == 0
    assert graph.undirected_edge_index().size(1) == 4
    assert clone.undirected_edge_index().size(1) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text": None}, "found only one of `text` and `edge_index`, expected both."),
        ({"text": []}, "found no nodes, expected a list with one text a node."),
        ({"text": "abcde"}, "found one string as `text`, expected a list with one text a node."),
        (
            {"text": ["a", None, "c", "d", "e"]},
            'found None as the text of node 1, expected a string. Use "" for no text.',
        ),
        ({"edge_index": torch.tensor([[0], [5]])}, "found values 0 to 5 in `edge_index`, expected 0 to 4."),
        ({"edge_index": torch.tensor([[-1], [0]])}, "found values -1 to 0 in `edge_index`, expected 0 to 4."),
        (
            {"edge_index": EDGES.T},
            "found `edge_index` of shape (5, 2) and torch.int64, expected (2, E) and torch.int64.",
        ),
        (
            {"edge_index": EDGES.int()},
            "found `edge_index` of shape (2, 5) and torch.int32, expected (2, E) and torch.int64.",
        ),
        ({"y": torch.zeros(4).long()}, "found `y` of shape (4,) and torch.int64, expected (5,) and torch.int64."),
        ({"y": torch.tensor([0, 1, 2, 3, 5])}, "found values 0 to 5 in `y`, expected -1 to 4."),
        ({"class_descriptions": ["a"]}, "found 1 entries in `class_descriptions`, expected 5."),
        ({"node_ids": ["a"]}, "found 1 entries in `node_ids`, expected 5."),
        ({"node_ids": list("abcda")}, "found 'a' twice in `node_ids`, expected distinct entries."),
        ({"node_ids": [1, "1", 2, 3, 4]}, "found '1' twice in `node_ids`, expected distinct entries."),
        ({"node_ids": [0.5, 1, 2, 3, 4]}, "found 0.5 in `node_ids`, expected whole numbers or strings"),
        ({"class_names": ["a", " ", "c", "d", "e"]}, "found ' ' in `class_names`, expected names."),
        ({"edge_type_names": ["a", 1]}, "found 1 in `edge_type_names`, expected names."),
        ({"edge_type": torch.tensor([0])}, "found `edge_type` of shape (1,) and torch.int64, expected (5,)"),
        ({"edge_type": torch.full((5,), 2)}, "found values 2 to 2 in `edge_type`, expected 0 to 1."),
        ({"edge_type_names": ["a", "a"]}, "found 'a' twice in `edge_type_names`, expected distinct entries."),
        (
            {"val_mask": torch.ones(5)},
            "found `val_mask` of shape (5,) and torch.float32, expected (5,) and torch.bool.",
        ),
        (
            {"test_mask": torch.ones(5).bool()},
            "found a node in two of the splits, expected splits that do not overlap.",
        ),
    ],
)
def test_refusals_say_what_was_found_and_expected(changes, message):
    with pytest.raises(DataError) as error:
        make(**changes)
    assert str(error.value).startswith(message)
