"""Round trips through the forms that other libraries hold triples in."""

from dataclasses import replace

import networkx
import numpy as np
import pandas
import pytest
import torch
from torch_geometric.data import Data, HeteroData

from graphfm.datasets.triples import convert
from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError

ROWS = {
    "train": [("b", "s", "a"), ("a", "r", "b"), ("b", "s", "a"), ("a", "r", "a")],
    "val": [("a", "r", "c")],
    "test": [("c", "t", "b"), ("d", "r", "a")],
}
PAIRS = {"train": [[], [("q", "z"), ("r", "a")], [], []], "test": [[("q", "z")], []]}


@pytest.fixture
def graph() -> Triples:
    """Repeats, a loop, entities and a relation that training lacks."""
    return convert.from_labels(ROWS, name="small")


@pytest.fixture
def hyper() -> Triples:
    return convert.from_labels(ROWS, name="hyper", qualifiers=PAIRS)


def rows(graph, split):
    return [(graph.entities[h], graph.relations[r], graph.entities[t]) for h, r, t in getattr(graph, split).tolist()]


def same(one, other):
    assert (one.entities, one.relations) == (other.entities, other.relations)
    return all(torch.equal(ids, getattr(other, split)) for split, ids in one.splits())


def test_labelled_rows(graph, hyper):
    assert (graph.entities, graph.relations) == (["a", "b", "c", "d"], ["r", "s", "t"])
    assert {split: rows(graph, split) for split in ROWS} == ROWS
    assert (hyper.entities, hyper.relations) == (["a", "b", "c", "d", "z"], ["q", "r", "s", "t"])
    assert hyper.qualifiers["train"].ptr.tolist() == [0, 0, 2, 2, 2]
    assert same(
        convert.from_labels({"train": ROWS["train"]}, entities="dcba", relations=["r", "s"]),
        convert.from_labels({"training": ROWS["train"]}, entities="dcba", relations=["r", "s"]),
    )
    with pytest.raises(DataError, match="unknown name 's'"):
        convert.from_labels(ROWS, relations=["r", "t"])
    with pytest.raises(DataError, match="split 'extra'"):
        convert.from_labels({"extra": []})


def test_frame(graph, hyper):
    frame = convert.to_frame(graph)
    assert list(frame.columns) == ["head", "relation", "tail", "split"]
    assert same(graph, convert.from_frame(frame))
    again = convert.from_frame(convert.to_frame(hyper))
    assert same(hyper, again)
    for split, found in hyper.qualifiers.items():
        assert torch.equal(found.pairs, again.qualifiers[split].pairs)
        assert torch.equal(found.ptr, again.qualifiers[split].ptr)


def test_frame_of_ones_own():
    frame = pandas.DataFrame({"s": [1, 2], "p": ["r", "r"], "o": [2, 3]})
    graph = convert.from_frame(frame, head="s", relation="p", tail="o")
    assert (graph.entities, rows(graph, "train")) == (["1", "2", "3"], [("1", "r", "2"), ("2", "r", "3")])
    with pytest.raises(DataError, match="no column 'head', expected one of 's', 'p', 'o'"):
        convert.from_frame(frame)
    with pytest.raises(DataError, match="nothing in column 'o', row 1"):
        convert.from_frame(frame.assign(o=["x", np.nan]), head="s", relation="p", tail="o")


def test_networkx(graph, hyper):
    graph = replace(graph, entity_labels=[*"ABCD"], entity_text=["text"] * 4)
    network = convert.to_networkx(graph)
    assert network.number_of_edges() == 7
    again = convert.from_networkx(network)
    assert (again.name, again.entities, again.relations) == (graph.name, graph.entities, graph.relations)
    assert (again.entity_labels, again.entity_text) == (graph.entity_labels, graph.entity_text)
    assert {split: sorted(rows(again, split)) for split in ROWS} == {
        split: sorted(some) for split, some in ROWS.items()
    }
    again = convert.from_networkx(convert.to_networkx(hyper))
    assert sorted(again.qualifiers["train"].pairs.tolist()) == sorted(hyper.qualifiers["train"].pairs.tolist())


def test_networks_of_ones_own():
    network = networkx.MultiDiGraph()
    network.add_edge("a", 1, "likes")
    network.add_edge("a", 1, relation="knows")
    assert sorted(rows(convert.from_networkx(network), "train")) == [("a", "knows", "1"), ("a", "likes", "1")]
    assert convert.from_networkx(networkx.DiGraph([("a", "b", {"type": "x"})]), relation="type").relations == ["x"]
    with pytest.raises(DataError, match="undirected"):
        convert.from_networkx(networkx.Graph())
    with pytest.raises(DataError, match="without 'relation'"):
        convert.from_networkx(networkx.DiGraph([("a", "b")]))
    network.add_node("1")
    with pytest.raises(DataError, match="two nodes with one name"):
        convert.from_networkx(network)


@pytest.mark.parametrize("inverse", [False, True])
def test_pyg_data(graph, inverse):
    parts = {split: graph.data(split, inverse=inverse) for split in ROWS}
    vocabularies = {"entities": graph.entities, "relations": graph.relations}
    assert same(graph, convert.from_data(**parts, inverse=inverse, **vocabularies))
    assert convert.from_data(**parts, inverse=inverse).entities == ["0", "1", "2", "3"]


def test_pyg_data_with_edge_masks_and_faults(graph):
    data = graph.data(inverse=False)
    for split, mask in (("train", [1, 1, 0, 0]), ("val", [0, 0, 1, 0]), ("test", [0, 0, 0, 1])):
        data[f"{split}_mask"] = torch.tensor(mask, dtype=torch.bool)
    split = convert.from_data(data)
    assert torch.equal(torch.cat([split.train, split.val, split.test]), graph.train)
    with pytest.raises(DataError, match="other edges in the second half of train"):
        convert.from_data(graph.data(inverse=False), inverse=True)
    with pytest.raises(DataError, match="without edge_index and edge_type"):
        convert.from_data(Data(edge_index=data.edge_index))


def test_pyg_heterodata(graph):
    parts = {split: convert.to_hetero(graph, split=split) for split in ROWS}
    assert len(parts["val"].edge_types) == graph.num_relations
    again = convert.from_hetero(**parts, entities=graph.entities)
    assert (again.entities, again.relations) == (graph.entities, graph.relations)
    assert {split: sorted(rows(again, split)) for split in ROWS} == {
        split: sorted(some) for split, some in ROWS.items()
    }


def test_heterodata_with_several_node_types():
    data = HeteroData()
    data["paper"].num_nodes, data["author"].num_nodes = 2, 2
    data["author", "writes", "paper"].edge_index = torch.tensor([[0, 1], [1, 0]])
    data["paper", "cites", "paper"].edge_index = torch.tensor([[0], [1]])
    data["author", "cites", "paper"].edge_index = torch.tensor([[1], [1]])
    graph = convert.from_hetero(data)
    assert graph.entities == ["paper/0", "paper/1", "author/0", "author/1"]
    assert rows(graph, "train") == [
        ("author/0", "writes", "paper/1"),
        ("author/1", "writes", "paper/0"),
        ("paper/0", "paper__cites__paper", "paper/1"),
        ("author/1", "author__cites__paper", "paper/1"),
    ]
    other = HeteroData()
    other["paper", "likes", "paper"].edge_index = torch.tensor([[0], [1]])
    with pytest.raises(DataError, match=r"edge type .*likes.* in val"):
        convert.from_hetero(data, val=other)


def test_pykeen_keeps_what_training_has_not_seen(graph):
    factories = convert.to_pykeen(graph)
    assert [factories[part].num_triples for part in ("training", "validation", "testing")] == [4, 1, 2]
    assert same(graph, convert.from_pykeen(**factories))
    assert list(convert.to_pykeen(replace(graph, val=graph.val[:0]))) == ["training", "testing"]


@pytest.mark.parametrize("inverse", [False, True])
def test_pykeen_factories_with_their_own_ids_meet_by_label(graph, inverse):
    from pykeen.triples import CoreTriplesFactory, TriplesFactory

    def factory(split):
        return TriplesFactory.from_labeled_triples(np.array(ROWS[split], dtype=str), create_inverse_triples=inverse)

    again = convert.from_pykeen(factory("train"), validation=factory("val"), testing=factory("test"))
    assert again.entities == graph.entities
    assert {split: sorted(rows(again, split)) for split in ROWS} == {
        split: sorted(set(some)) for split, some in ROWS.items()
    }
    plain = convert.from_pykeen(CoreTriplesFactory(graph.train, num_entities=4, num_relations=3))
    assert (plain.entities, plain.train.tolist()) == (["0", "1", "2", "3"], graph.train.tolist())


def test_forms_without_room_for_qualifiers_refuse_them(hyper):
    for form in (convert.to_hetero, convert.to_pykeen):
        with pytest.raises(DataError, match=r"statements with qualifiers.*replace\(triples, qualifiers=\{\}\)"):
            form(hyper)
        assert form(replace(hyper, qualifiers={}))
