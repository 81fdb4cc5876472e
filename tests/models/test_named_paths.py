"""Explanations in names, on the graph of the training and on one with ids of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from graphfm.datasets import Triples
from graphfm.errors import DataError
from graphfm.kg.paths.mokgr import mokgr
from graphfm.kg.scorers.rotate import RotatE
from graphfm.models import LinkModel
from graphfm.models.families.embeddings import kge_model


@pytest.fixture
def model() -> LinkModel:
    graph = Triples(
        "kin",
        ["ann", "bob", "cleo", "dan"],
        ["parent_of", "grandparent_of"],
        train=torch.tensor([[0, 0, 1], [1, 0, 2]]),
        test=torch.tensor([[0, 1, 2]]),
        relation_labels=["is a parent of", "is a grandparent of"],
    )
    torch.manual_seed(0)
    settings = {"num_relations": 2, "method": "mokgr", "dim": 8, "method_options": {"num_layers": 2, "min_length": 1}}
    return LinkModel(mokgr(2, channels=8, num_layers=2, min_length=1), graph, kind="paths", settings=settings)


def test_paths_read_from_the_head_to_the_answer(model: LinkModel) -> None:
    found = model.explain("ann", "grandparent_of", "cleo")
    assert found.triple == ("ann", "is a grandparent of", "cleo")
    assert found.known  # a test triple, which no message passes along
    assert str(found.paths[0]) == "ann --is a parent of--> bob --is a parent of--> cleo"
    assert 1 <= found.rank <= found.entities == 4
    assert set(found.lengths) == {1, 2}
    assert [set(layer) for layer in found.pruning] == [{"score", "attention", "semantic"}] * 2
    back = model.explain("cleo", "parent_of", "ann")
    assert not back.known
    assert str(back.paths[0]) == "cleo <--is a parent of-- bob <--is a parent of-- ann"


def test_an_answer_out_of_reach_has_no_path(model: LinkModel) -> None:
    found = model.explain("ann", "parent_of", "dan")
    assert found.paths == []
    assert found.score == 0


def test_entities_of_the_same_label_stay_apart(model: LinkModel) -> None:
    twins = replace(model.graph, entity_labels=["Ann", "Bob", "Bob", "Dan"])
    found = LinkModel(model.model, twins, kind="paths").explain("ann", "grandparent_of", "cleo")
    assert found.triple == ("Ann", "is a grandparent of", "Bob (cleo)")
    assert str(found.paths[0]) == "Ann --is a parent of--> Bob (bob) --is a parent of--> Bob (cleo)"


def test_another_graph_keeps_its_own_names(model: LinkModel) -> None:
    other = Triples("others", ["x", "y", "z"], ["likes", "parent_of"], train=torch.tensor([[0, 1, 1], [1, 1, 2]]))
    with pytest.raises(DataError, match=r"[Uu]nknown|not trained on"):
        model.on(Triples("odd", ["x"], ["likes"], train=torch.tensor([[0, 0, 0]])))
    found = model.on(other).explain("x", "parent_of", "z")
    assert str(found.paths[0]) == "x --parent of--> y --parent of--> z" or "parent_of" in str(found.paths[0])


def test_a_relation_that_only_the_other_graph_has_is_not_taken_for_one_of_the_model(model: LinkModel) -> None:
    train = torch.tensor([[0, 1, 1], [1, 1, 2]])
    other = model.on(Triples("others", ["x", "y", "z"], ["likes", "parent_of", "hates"], train=train))
    for relation in ("likes", "hates"):
        with pytest.raises(DataError, match="no training triple has"):
            other.predict_tails("x", relation)
        with pytest.raises(DataError, match="no training triple has"):
            other.explain("x", relation, "z")
    assert str(other.explain("x", "parent_of", "z").paths[0]) == "x --parent_of--> y --parent_of--> z"
    with pytest.raises(DataError, match="top=0"):
        other.explain("x", "parent_of", "z", top=0)


def test_a_model_without_paths_says_so(model: LinkModel) -> None:
    settings = {"num_entities": 4, "num_relations": 2, "scorer": "RotatE", "dim": 4}
    vectors = LinkModel(kge_model(**settings), model.graph, settings=settings)
    assert isinstance(vectors.model.scorer, RotatE)
    with pytest.raises(DataError, match="path reasoner"):
        vectors.explain("ann", "parent_of", "bob")


def test_a_mistyped_name_is_answered(model: LinkModel) -> None:
    with pytest.raises(DataError, match="parent_of"):
        model.explain("ann", "parent_off", "bob")
