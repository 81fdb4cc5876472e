"""Sources without the texts of a target: counted, shown, and gone from what is pretrained on."""

import pytest
import torch

from graphfm.datasets import TextGraph
from graphfm.errors import DataError
from graphfm.evaluation.overlap import shared_texts, without_overlap
from graphfm.training.text_graphs.text_graph_data import Corpora

TEXTS = [
    "red trees in winter",
    "blue rivers run deep",
    "green hills far away",
    "yellow sand",
    "white snow falls slowly",
]


def path(texts: list[str], name: str) -> TextGraph:
    nodes = torch.arange(len(texts))
    return TextGraph(torch.stack([nodes[:-1], nodes[1:]]), name=name, text=texts, directed=False)


def test_counts_and_examples():
    source, target = path(TEXTS, "source"), path(["Blue rivers run deep!", "sand, yellow", "something else"], "target")
    facts = shared_texts(source, target)
    assert {key: facts[key] for key in facts if key != "examples"} == {
        "source": "source",
        "target": "target",
        "source_nodes": 5,
        "source_near_duplicates": 2,
        "target_nodes": 3,
        "target_near_duplicates": 2,
    }
    assert facts["examples"][0] == {
        "source_id": 1,
        "target_id": 0,
        "containment": 1.0,
        "source_text": "blue rivers run deep",
        "target_text": "Blue rivers run deep!",
    }
    assert shared_texts(source, target, examples=0)["examples"] == []


def test_nodes_and_their_edges_are_left_out():
    source, target = path(TEXTS, "source"), path(["Blue rivers run deep!", "another"], "target")
    left = without_overlap(source, [target])
    assert left.text == [TEXTS[i] for i in (0, 2, 3, 4)]
    assert left.node_ids == [0, 2, 3, 4]
    assert left.edge_index.tolist() == [[1, 2], [2, 3]]
    assert without_overlap(source, [path(["nothing", "alike"], "other")]) is source
    with pytest.raises(DataError, match="5 of 5 texts of source in copy"):
        without_overlap(source, [path(TEXTS, "copy")])


def test_the_data_module_leaves_them_out_before_anything_is_fitted():
    source = path([f"{text} {n}" for n in range(10) for text in TEXTS], "source")
    data = Corpora([source], encoder="lsa", exclude_overlap_with=[path(["Blue rivers run deep 7", "xyz"], "target")])
    data.setup()
    assert data.corpora[0].num_nodes == 49
