"""Graphs that others made, in PyG, NetworkX and pandas, with their habits and their mistakes."""

from __future__ import annotations

import networkx
import numpy
import pandas
import pytest
import torch
from torch_geometric.data import Data

from graphfm.datasets import DataWarning, from_frames, from_networkx, from_pyg, to_networkx
from graphfm.errors import DataError

BOTH = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])


def pyg(**changes) -> Data:
    return Data(**({"edge_index": BOTH, "y": torch.tensor([0, 1, 1]), "text": ["a", "b", "c"]} | changes))


def test_pyg_with_both_directions_is_undirected():
    graph = from_pyg(pyg(x=torch.eye(3), class_names=["p", "q"]), name="mine")
    assert not graph.directed
    assert graph.edge_index.tolist() == [[0, 1], [1, 2]]
    assert graph.name == "mine"
    assert "x" not in graph
    assert from_pyg(pyg(), class_names=["p", "q"], directed=True).num_edges == 4
    assert from_pyg(pyg(edge_index=BOTH[:, :3]), class_names=["p", "q"]).directed


def test_undirected_pyg_graphs_give_no_warning_of_repeated_edges(recwarn):
    from_pyg(pyg(class_names=["p", "q"]))
    assert not recwarn.list
    with pytest.warns(DataWarning, match="graph: 1 repeated edges dropped"):
        from_pyg(pyg(edge_index=BOTH[:, [0, 1, 1]], class_names=["p", "q"]))


def test_pyg_labels_in_the_forms_people_store_them():
    names = ["p", "q"]
    assert from_pyg(pyg(y=torch.tensor([[0], [1], [1]])), class_names=names).y.tolist() == [0, 1, 1]
    assert from_pyg(pyg(y=torch.tensor([0.0, float("nan"), 1.0])), class_names=names).y.tolist() == [0, -1, 1]
    with pytest.raises(DataError, match=r"found the label 0\.5, expected class numbers"):
        from_pyg(pyg(y=torch.tensor([0.5, 0.0, 1.0])), class_names=names)
    with pytest.warns(DataWarning, match="the classes have numbers for names"):
        assert from_pyg(pyg()).class_names == ["0", "1"]


def test_pyg_texts_by_name_or_given():
    data = pyg(text=None, raw_texts=["a", "b", "c"], class_names=["p", "q"])
    assert from_pyg(data).text == from_pyg(data, text="raw_texts").text == ["a", "b", "c"]
    assert from_pyg(data, text=["x", "y", "z"]).text == ["x", "y", "z"]
    with pytest.raises(DataError, match=r"found no texts among .*words.*, expected a list with one text a node"):
        from_pyg(pyg(text=None, words=["a", "b", "c"]))
    with pytest.raises(DataError, match=r"found no 'raw_text' among .*Did you mean 'raw_texts'\?"):
        from_pyg(data, text="raw_text")
    with pytest.raises(DataError, match=r"found 2 texts and `y` of 3 nodes"):
        from_pyg(data, text=["x", "y"])


def test_pyg_without_edges():
    with pytest.raises(DataError, match=r"found no `edge_index` of two rows, expected a \(2, E\) tensor"):
        from_pyg(Data(text=["a"]))
    with pytest.raises(DataError, match=r"found no `edge_index` of two rows"):
        from_pyg(pyg(edge_index=BOTH.T))


def test_networkx_with_any_nodes_and_class_names():
    network = networkx.DiGraph()
    network.add_node((0, 1), text="corner", label="Owls")
    network.add_node(5, text="five", label=numpy.str_("Cats"))
    network.add_edge((0, 1), 5)
    graph = from_networkx(network, name="grid")
    assert graph.node_ids == ["(0, 1)", 5]
    assert (graph.class_names, graph.y.tolist()) == (["Cats", "Owls"], [1, 0])
    assert graph.directed
    assert not from_networkx(network, directed=False).directed


def test_networkx_attributes_by_name():
    network = networkx.MultiGraph(name="titles")
    network.add_node("a", title="A", group=numpy.int64(1), split="train")
    network.add_node("b", title="B", group=float("nan"))
    network.add_edge("a", "b", relation="knows")
    network.add_edge("a", "b", relation="likes")
    graph = from_networkx(network, text="title", label="group", kind="relation", class_names=["p", "q"])
    assert graph.name == "titles"
    assert graph.y.tolist() == [1, -1]
    assert graph.train_mask.tolist() == [True, False]
    assert graph.edge_type_names == ["knows", "likes"]
    assert graph.num_edges == 2
    back = to_networkx(graph)
    assert sorted(values["type"] for *_, values in back.edges(data=True)) == ["knows", "likes"]
    assert back.nodes["a"] == {"text": "A", "label": 1, "class": "q", "split": "train"}
    assert back.nodes["b"] == {"text": "B"}


def test_networkx_mistakes():
    network = networkx.path_graph(3)
    with pytest.raises(DataError, match=r"found no 'text' among none, expected the text of a node"):
        from_networkx(network)
    networkx.set_node_attributes(network, {0: "a", 1: "b"}, "text")
    with pytest.raises(
        DataError, match=r"found None as the text of node 2, and 1 of 3 nodes without one.*--fill-texts"
    ):
        from_networkx(network)
    networkx.set_node_attributes(network, "x", "text")
    with pytest.raises(DataError, match=r"found no 'labels' among text, expected the label of a node"):
        from_networkx(network, label="labels")
    network.edges[0, 1]["type"] = "knows"
    with pytest.raises(DataError, match=r"found the type None of edge 1, expected a name"):
        from_networkx(network)


NODES = pandas.DataFrame({"id": [1, 2, 3], "text": ["a", "b", "c"], "label": [0, 1, None]})
EDGES = pandas.DataFrame({"src": [1, 2], "dst": [2, 3]})


def test_frames_with_missing_labels_and_text_ids():
    graph = from_frames(NODES, EDGES.astype(str), class_names=["p", "q"], class_descriptions=["P.", "Q."])
    assert graph.y.tolist() == [0, 1, -1]
    assert graph.edge_index.tolist() == [[0, 1], [1, 2]]
    assert graph.class_descriptions == ["P.", "Q."]
    named = from_frames(NODES.assign(label=["x", pandas.NA, "y"]), EDGES)
    assert (named.class_names, named.y.tolist()) == (["x", "y"], [0, -1, 1])
    categories = from_frames(NODES.assign(label=pandas.Categorical(["x", None, "y"])), EDGES)
    assert categories.y.tolist() == [0, -1, 1]


def test_frames_with_other_column_names():
    nodes = NODES.rename(columns={"id": "page", "text": "body", "label": "topic"})
    edges = EDGES.rename(columns={"src": "from", "dst": "to"}).assign(link=["x", "y"])
    graph = from_frames(
        nodes,
        edges,
        node_id="page",
        text="body",
        label="topic",
        src="from",
        dst="to",
        kind="link",
        class_names=["p", "q"],
    )
    assert graph.y.tolist() == [0, 1, -1]
    assert graph.edge_type_names == ["x", "y"]


@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        (NODES.rename(columns={"text": "txt"}), EDGES, "no 'text' among txt, label, expected the text of a node"),
        (NODES, EDGES.rename(columns={"dst": "to"}), "no 'dst' among src, to, expected the destination of an edge"),
        (NODES.assign(id=[1, 2, 2]), EDGES, "the id 2 again, first at node 1, expected an id of its own"),
        (
            NODES.assign(text=["a", None, "c"]),
            EDGES,
            "None as the text of node 2, and 1 of 3 nodes without one, expected a text for every node",
        ),
        (
            NODES.assign(label=[0, 1, 2]),
            EDGES,
            "the label 2 of node 3, expected null or one of the 2 classes 0 (p), 1 (q)",
        ),
        (NODES, EDGES.assign(dst=[2, 9]), "the unknown node 9 in the edge 2 -> 9, expected the ids of two nodes"),
        (
            NODES.assign(split=["train", "trian", None]),
            EDGES,
            "the split 'trian' of node 2, expected train, val or test",
        ),
    ],
)
def test_frame_mistakes(nodes, edges, message):
    with pytest.raises(DataError) as error:
        from_frames(nodes, edges, class_names=["p", "q"])
    assert str(error.value).startswith(f"found {message}")
