"""The contract: checks, PyG view, one-line summary."""

import pytest
import torch

from graphfm.datasets.triples.graph import Qualifiers, Triples, lookup
from graphfm.errors import DataError

IDS = {"/m/01": 0, "/m/02": 1, "/m/03": 2}
LABELS = ["Bristol", "Bath", "bath"]
ROWS = torch.tensor([[0, 0, 1], [1, 1, 2], [0, 0, 1]])


def small(**changes) -> Triples:
    return Triples(**{"name": "small", "entities": ["a", "b", "c"], "relations": ["r", "s"], "train": ROWS} | changes)


def test_inverse_edges_follow_as_relation_plus_number_of_relations():
    data = small().data()
    assert data.edge_index.tolist() == [[0, 1, 0, 1, 2, 1], [1, 2, 1, 0, 1, 0]]
    assert data.edge_type.tolist() == [0, 1, 0, 2, 3, 2]
    assert data.num_nodes == 3


def test_data_of_an_empty_split_keeps_all_nodes():
    data = small().data("val", inverse=False)
    assert data.edge_index.shape == (2, 0)
    assert data.num_nodes == 3
    with pytest.raises(DataError, match="split 'valid'"):
        small().data("valid")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"test": torch.tensor([[0, 2, 1]])}, "relation id 2 in test, expected ids from 0 to 1"),
        ({"val": torch.tensor([[-1, 0, 1]])}, "head id -1 in val"),
        ({"train": ROWS[:, :2]}, r"train of shape \(3, 2\)"),
        ({"train": ROWS.int()}, "int32"),
        ({"entity_text": ["one"]}, "entity_text of length 1, expected one for each id, 3"),
        ({"relation_labels": ["one"]}, "relation_labels of length 1"),
        ({"inference": Triples("other", ["x"], ["q"])}, "one relation vocabulary"),
        ({"qualifiers": {"train": Qualifiers(torch.tensor([0, 1]), torch.tensor([[0, 0]]))}}, "does not fit train"),
    ],
)
def test_what_does_not_fit_is_refused(changes, message):
    with pytest.raises(DataError, match=message):
        small(**changes)


def test_labels_default_to_identifiers_and_can_be_looked_up():
    graph = small(entity_labels=["Ann", "Bob", "Eve"])
    assert (graph.lookup_entity("b"), graph.lookup_entity("Bob"), graph.lookup_entity("eve")) == (1, 1, 2)
    assert graph.lookup_relation("s") == 1
    assert graph.relation_labels == ["r", "s"]


def test_summary_names_the_inference_graph():
    summary = repr(small(inference=Triples("in", ["x"], ["r", "s"])))
    own, _, inner = summary.partition("; inference graph ")
    assert own == "small: 3 entities, 2 relations, 3 / 0 / 0 triples"
    assert inner == "in: 1 entity, 2 relations, 0 / 0 / 0 triples"


def test_identifier_before_label_and_exact_before_any_case():
    assert lookup("/m/02", IDS, LABELS, what="entity") == 1
    assert lookup("Bath", IDS, LABELS, what="entity") == 1
    assert lookup("bristol", IDS, LABELS, what="entity") == 0


def test_a_label_of_several_ids_names_them():
    with pytest.raises(DataError, match=r"label of 2 ids.*Use an identifier: '/m/02', '/m/03'"):
        lookup("BATH", IDS, LABELS, what="entity")


def test_a_mistyped_name_gets_the_nearest_ones():
    with pytest.raises(DataError, match=r"unknown entity 'Bristl'.*Did you mean 'Bristol'\?"):
        lookup("Bristl", IDS, LABELS, what="entity")
    with pytest.raises(DataError, match=r"unknown relation 'zzzz', expected an identifier or a label of the set\.$"):
        lookup("zzzz", IDS, LABELS, what="relation")
